package pin

import (
	"slices"
	"time"
)

// Serve says which servers the book is for. One that has no pins, in a book that has those of a
// server that is not named, may be that one elsewhere or another one in its place: not even its
// first lists are accepted without a person. unknown are the servers of which nothing is accepted
// for that reason, and others those that are not named.
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

// unknown returns those of the servers of which nothing is accepted without a person.
func (c *content) unknown(servers []string) (unknown []string) {
	for _, name := range servers {
		s := c.Servers[name]
		if s != nil && s.Unknown && !slices.ContainsFunc(s.Pins, func(p *Pin) bool { return p.Pinned != nil }) {
			unknown = append(unknown, name)
		}
	}
	return unknown
}
