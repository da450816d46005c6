package stack

import (
	"io"
	"net"
	"sync"
	"time"
)

// Mode is how a Proxy treats connections.
type Mode int

const (
	// Pass hands them on.
	Pass Mode = iota
	// Refuse refuses them, as a host does on which nobody listens.
	Refuse
	// Hang accepts them and never answers.
	Hang
	// Slow hands each request on a eighth of a second late.
	Slow
)

// Proxy stands before a Vault, so that a test can cut it off; its address stays the same when another Vault takes the place.
type Proxy struct {
	addr string

	mu       sync.Mutex
	mode     Mode
	target   string
	listener net.Listener
	open     map[net.Conn]bool
}

// NewProxy listens on loopback.
func NewProxy() (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{addr: l.Addr().String(), listener: l, open: map[net.Conn]bool{}}
	go p.serve(l)
	return p, nil
}

// URL is the address for clients.
func (p *Proxy) URL() string { return "http://" + p.addr }

// To sets where connections go from now on.
func (p *Proxy) To(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
	p.drop()
}

// Set changes the mode, for the connections that are open too.
func (p *Proxy) Set(mode Mode) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = mode
	p.drop()
	switch {
	case mode == Refuse && p.listener != nil:
		err := p.listener.Close()
		p.listener = nil
		return err
	case mode != Refuse && p.listener == nil:
		l, err := net.Listen("tcp", p.addr)
		if err != nil {
			return err
		}
		p.listener = l
		go p.serve(l)
	}
	return nil
}

// Close stops listening and drops what is open.
func (p *Proxy) Close() { _ = p.Set(Refuse) }

func (p *Proxy) drop() {
	for c := range p.open {
		_ = c.Close()
	}
	clear(p.open)
}

func (p *Proxy) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go p.handle(c)
	}
}

func (p *Proxy) handle(c net.Conn) {
	p.mu.Lock()
	mode, target := p.mode, p.target
	p.open[c] = true
	p.mu.Unlock()
	defer p.forget(c)
	if mode == Hang {
		_, _ = io.Copy(io.Discard, c)
		return
	}
	up, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.open[up] = true
	p.mu.Unlock()
	defer p.forget(up)
	var to io.Writer = up
	if mode == Slow {
		to = late{up}
	}
	go func() {
		_, _ = io.Copy(to, c)
		_ = up.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(c, up)
}

// late writes a eighth of a second late.
type late struct{ io.Writer }

func (l late) Write(b []byte) (int, error) {
	time.Sleep(120 * time.Millisecond)
	return l.Writer.Write(b)
}

func (p *Proxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	_ = c.Close()
}
