package capture

import (
	"cmp"
	"net/http"
	"sync"
	"time"
)

// key says which requests may use a connection.
type key struct{ scheme, addr string }

// sweepPause is the time between two looks for idle connections that ended.
const sweepPause = 5 * time.Second

// pool holds idle connections.
type pool struct {
	perHost, all int
	timeout      time.Duration

	mu      sync.Mutex // guards the fields below
	idle    map[key][]*conn
	n       int
	sweeper *time.Timer // runs while there are idle connections
	running bool
}

func (p *pool) limits(base *http.Transport) {
	p.perHost, p.all, p.timeout = base.MaxIdleConnsPerHost, base.MaxIdleConns, base.IdleConnTimeout
	p.perHost = cmp.Or(p.perHost, http.DefaultMaxIdleConnsPerHost)
	p.idle = map[key][]*conn{}
}

// take returns the connection that was used last, or nil.
func (p *pool) take(k key) *conn {
	for {
		p.mu.Lock()
		list := p.idle[k]
		if len(list) == 0 {
			p.mu.Unlock()
			return nil
		}
		c := list[len(list)-1]
		list[len(list)-1] = nil
		p.idle[k] = list[:len(list)-1]
		p.n--
		p.mu.Unlock()
		if (p.timeout <= 0 || time.Since(c.idleSince) < p.timeout) && c.isAlive() {
			return c
		}
		c.Conn.Close()
	}
}

// put keeps a connection for another request, or closes it if there are enough.
func (p *pool) put(c *conn) {
	c.idleSince = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[c.key]
	if len(list) >= p.perHost || p.all > 0 && p.n >= p.all {
		c.Conn.Close()
		return
	}
	p.idle[c.key] = append(list, c)
	p.n++
	if p.running {
		return
	}
	p.running = true
	if p.sweeper == nil {
		p.sweeper = time.AfterFunc(sweepPause, p.sweep)
	} else {
		p.sweeper.Reset(sweepPause)
	}
}

// sweep closes connections that are idle for too long, or whose peers have closed them.
func (p *pool) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, list := range p.idle {
		kept := list[:0]
		for _, c := range list {
			quiet, closed := check(c.raw)
			if closed || !quiet && !c.secure || p.timeout > 0 && time.Since(c.idleSince) >= p.timeout {
				c.Conn.Close()
				p.n--
				continue
			}
			kept = append(kept, c)
		}
		clear(list[len(kept):])
		if p.idle[k] = kept; len(kept) == 0 {
			delete(p.idle, k)
		}
	}
	if p.running = len(p.idle) > 0; p.running {
		p.sweeper.Reset(sweepPause)
	}
}

func (p *pool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, list := range p.idle {
		for _, c := range list {
			c.Conn.Close()
		}
		delete(p.idle, k)
	}
	p.n = 0
}
