package certs

import (
	"container/list"
	"crypto/tls"
	"sync"
)

// cache is an LRU cache of leaf certificates. Callers that ask for the same missing one wait until
// it is minted once.
type cache struct {
	max int

	mu      sync.Mutex               // guards the fields below
	entries map[string]*list.Element // of *entry
	order   *list.List               // the most recently used comes first
}

type entry struct {
	key  string
	done chan struct{} // closed when cert and err are set
	cert *tls.Certificate
	err  error
}

func newCache(max int) *cache {
	return &cache{max: max, entries: make(map[string]*list.Element), order: list.New()}
}

// get returns the cached leaf for key if isFresh accepts it, and otherwise the result of mint.
// Errors are not cached.
func (c *cache) get(
	key string, isFresh func(*tls.Certificate) bool, mint func() (*tls.Certificate, error),
) (*tls.Certificate, error) {
	c.mu.Lock()
	if e, ok := c.entries[key]; ok {
		s := e.Value.(*entry)
		if !s.isReady() || isFresh(s.cert) {
			c.order.MoveToFront(e)
			c.mu.Unlock()
			<-s.done
			return s.cert, s.err
		}
		c.remove(e)
	}
	s := &entry{key: key, done: make(chan struct{})}
	e := c.order.PushFront(s)
	c.entries[key] = e
	if c.order.Len() > c.max {
		c.remove(c.order.Back())
	}
	c.mu.Unlock()

	s.cert, s.err = mint()
	if s.err != nil {
		c.mu.Lock()
		if c.entries[key] == e {
			c.remove(e)
		}
		c.mu.Unlock()
	}
	close(s.done)
	return s.cert, s.err
}

// remove removes an entry. The caller holds mu.
func (c *cache) remove(e *list.Element) {
	c.order.Remove(e)
	delete(c.entries, e.Value.(*entry).key)
}

// isReady reports whether cert is set. An entry whose mint failed is removed, under mu, before it
// is ready.
func (s *entry) isReady() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}
