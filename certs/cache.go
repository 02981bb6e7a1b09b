package certs

import (
	"container/list"
	"crypto/tls"
	"sync"
)

// cache keeps the leaves used last. Callers that ask for the same new leaf wait for one minting.
type cache struct {
	max int

	mu    sync.Mutex
	byKey map[string]*list.Element // of *slot
	order *list.List               // the one used last comes first
}

type slot struct {
	key  string
	done chan struct{} // closed once cert and err are set
	cert *tls.Certificate
	err  error
}

func newCache(max int) *cache {
	return &cache{max: max, byKey: make(map[string]*list.Element), order: list.New()}
}

// get returns the leaf for key if fresh finds it good, else what mint returns. Errors are not kept.
func (c *cache) get(key string, fresh func(*tls.Certificate) bool, mint func() (*tls.Certificate, error)) (*tls.Certificate, error) {
	c.mu.Lock()
	if e, ok := c.byKey[key]; ok {
		s := e.Value.(*slot)
		if !s.ready() || fresh(s.cert) {
			c.order.MoveToFront(e)
			c.mu.Unlock()
			<-s.done
			return s.cert, s.err
		}
		c.remove(e)
	}
	s := &slot{key: key, done: make(chan struct{})}
	e := c.order.PushFront(s)
	c.byKey[key] = e
	if c.order.Len() > c.max {
		c.remove(c.order.Back())
	}
	c.mu.Unlock()

	s.cert, s.err = mint()
	if s.err != nil {
		c.mu.Lock()
		if c.byKey[key] == e {
			c.remove(e)
		}
		c.mu.Unlock()
	}
	close(s.done)
	return s.cert, s.err
}

// remove is called with mu held.
func (c *cache) remove(e *list.Element) {
	c.order.Remove(e)
	delete(c.byKey, e.Value.(*slot).key)
}

// ready says that the minting is over; a failed one is removed before that, under mu.
func (s *slot) ready() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}
