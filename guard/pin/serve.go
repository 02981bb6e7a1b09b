package pin

import (
	"slices"
	"time"
)

// Serve sets the servers of the book. If a named server has no pins and the book has pins of an
// unnamed one, the named server may be the unnamed one at a new address, or an impostor. Then not
// even its first lists are accepted without a person. unknown are these servers, and others the
// unnamed ones.
func (b *Book) Serve(servers []string) (unknown, others []string, err error) {
	isNew := false
	see := func(c *content) {
		for name := range c.Servers {
			if !slices.Contains(servers, name) {
				others = append(others, name)
			}
		}
		slices.Sort(others)
		isNew = len(others) > 0 && slices.ContainsFunc(servers, func(name string) bool { return c.Servers[name] == nil })
		unknown = c.unknown(servers)
	}
	if err := b.file.Look(see); err != nil {
		return nil, nil, err
	}
	if !isNew {
		return unknown, others, nil
	}
	err = b.change(func(c *content) error {
		for _, name := range servers {
			if c.Servers[name] == nil {
				c.Servers[name] = &shelf{Listed: map[Kind]time.Time{}, Unknown: true}
			}
		}
		unknown = c.unknown(servers)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return unknown, others, nil
}

// unknown returns the servers whose definitions all require a person's acceptance.
func (c *content) unknown(servers []string) (unknown []string) {
	for _, name := range servers {
		s := c.Servers[name]
		if s != nil && s.Unknown && !slices.ContainsFunc(s.Pins, func(p *Pin) bool { return p.Pinned != nil }) {
			unknown = append(unknown, name)
		}
	}
	return unknown
}
