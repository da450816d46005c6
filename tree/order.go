package tree

import (
	"context"
	"iter"
	"sync"
)

// inOrder does work on several goroutines and yields the results in the order of the input. At most a few inputs are under
// way. It ends early when the context is cancelled; whoever ranges over it looks at the context afterwards. All goroutines
// have ended when it returns.
func inOrder[T, R any](ctx context.Context, workers int, in iter.Seq[T], do func(*worker, T) R) iter.Seq[R] {
	if workers <= 1 {
		return func(yield func(R) bool) {
			var w worker
			for x := range in {
				if ctx.Err() != nil || !yield(do(&w, x)) {
					return
				}
			}
		}
	}
	return func(yield func(R) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		idle := make(chan *worker, workers)
		for range workers {
			idle <- &worker{}
		}
		pending := make(chan chan R, 2*workers)
		running.Go(func() {
			defer close(pending)
			for x := range in {
				result := make(chan R, 1)
				select {
				case pending <- result:
				case <-ctx.Done():
					return
				}
				w := <-idle
				running.Go(func() {
					result <- do(w, x)
					idle <- w
				})
			}
		})
		for result := range pending {
			if !yield(<-result) {
				return
			}
		}
	}
}
