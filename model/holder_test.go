package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestHolders holds the index of keys against a list that is searched: who pushes a key to a store, and who has it.
func TestHolders(t *testing.T) {
	type push struct {
		key   string
		store int
		at    secretRef
	}
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		x := newIndex()
		var all, asked []push
		for tenant := int32(platformRef); tenant < 12; tenant++ {
			for nth := range int32(4) {
				at := secretRef{tenant, 0, nth}
				key := fmt.Sprint("key-", random.IntN(6))
				var to, ask []int32
				for range 1 + random.IntN(3) {
					store := random.IntN(3)
					if tenant%3 == 0 { // it has stores of its own, with the same keys in them
						store += 10 * int(tenant+10)
					}
					id := x.stores.id(fmt.Sprint(store), tenant)
					taken := slices.ContainsFunc(all, func(p push) bool { return p.key == key && p.store == store })
					if _, found := x.writer(id, key); found != taken && !slices.Contains(to, id) {
						t.Fatalf("seed %d: %s in %d: found %t, want %t", seed, key, store, found, taken)
					}
					ask = append(ask, id)
					asked = append(asked, push{key, store, at})
					if !taken {
						to = append(to, id)
						all = append(all, push{key, store, at})
					}
				}
				if len(to) > 0 {
					x.written.add(key, holder{at, x.stores.set(to)})
				}
				x.former.add(key, holder{at, x.stores.set(ask)})
			}
		}
		for _, p := range all {
			if at, found := x.writer(x.stores.ids[fmt.Sprint(p.store)], p.key); !found || at != p.at {
				t.Errorf("seed %d: %s in %d: got %v, want %v", seed, p.key, p.store, at, p.at)
			}
		}
		for _, p := range asked {
			same := func(q push) bool { return q.key == p.key && q.store == p.store }
			store := x.stores.ids[fmt.Sprint(p.store)]
			first := asked[slices.IndexFunc(asked, same)].at
			if at := x.firstFormer(store, p.key); at != first {
				t.Errorf("seed %d: former %s in %d: got %v, want %v", seed, p.key, p.store, at, first)
			}
			last := first
			for _, q := range asked {
				if same(q) {
					last = q.at
				}
			}
			if at, _ := x.holder(&x.former, store, p.key); at != last {
				t.Errorf("seed %d: the last former %s in %d: got %v, want %v", seed, p.key, p.store, at, last)
			}
			for _, h := range x.among(&x.former, store, p.key) {
				if p.store >= 10 && h.tenant != p.at.tenant {
					t.Errorf("seed %d: %d is looked at for the store of %d", seed, h.tenant, p.at.tenant)
				}
			}
		}
		for tenant := int32(platformRef); tenant < 13; tenant++ {
			for n := range 7 {
				key := fmt.Sprint("key-", n)
				want := slices.ContainsFunc(all, func(p push) bool { return p.key == key && p.at.tenant == tenant })
				if got := x.written.has(key, tenant); got != want {
					t.Errorf("seed %d: %s of %d: %t, want %t", seed, key, tenant, got, want)
				}
			}
		}
	}
}
