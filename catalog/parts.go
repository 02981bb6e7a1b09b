package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/store"
)

// Facts are what was learned from a capture, without its traffic.
type Facts struct {
	Model *infer.Model
	// Unfinished counts the flows that were not done, by authority.
	Unfinished map[string]int64
	// Since, unless zero, says that the facts are only of flows that started then or later.
	Since time.Time
}

// Part is a part of what a merged catalog describes.
type Part interface {
	// Facts returns the facts of all flows. The caller must not change them.
	Facts(ctx context.Context) (Facts, error)
}

// Errors of requests for a part of the flows.
var (
	errPartsLimit = errors.New("the newest flows of several captures have no common order")
	errNoTimes    = errors.New("facts without traffic do not say when they were learned")
)

// NewMerged returns a catalog of several parts, as if one store had the flows of all. It keeps no
// model, and refuses [Request.Limit]. Only Config.Corrections and Config.Hides apply, the latter
// with that of each part.
func NewMerged(cfg Config, parts ...Part) *Catalog {
	for _, part := range parts {
		if c, ok := part.(*Catalog); ok && c.cfg.Hides != nil {
			others, own := cfg.Hides, c.cfg.Hides
			cfg.Hides = func(hosts []string, name, text string) bool {
				return own(hosts, name, text) || others != nil && others(hosts, name, text)
			}
		}
	}
	c := New(cfg)
	c.parts = parts
	return c
}

// Facts implements [Part]. The model is a copy.
func (c *Catalog) Facts(ctx context.Context) (Facts, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, unfinished, err := c.learn(ctx)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Model: infer.New(), Unfinished: maps.Clone(unfinished)}
	f.Model.Merge(m)
	return f, nil
}

// Facts implements [Part] for facts that are known.
func (f Facts) Facts(context.Context) (Facts, error) { return f, nil }

// learnPartsSince merges what the parts know of the flows since a time.
func (c *Catalog) learnPartsSince(ctx context.Context, r Request) (*infer.Model, map[string]int64, error) {
	if r.Limit > 0 {
		return nil, nil, errPartsLimit
	}
	return c.learnParts(func(part Part) (*infer.Model, map[string]int64, error) { return partSince(ctx, part, r) })
}

// partSince returns a part's facts of the flows since a time.
func partSince(ctx context.Context, part Part, r Request) (*infer.Model, map[string]int64, error) {
	switch part := part.(type) {
	case *Catalog:
		return part.learnNewest(ctx, r)
	case Facts:
		if part.Since.Equal(r.Since) {
			return part.Model, part.Unfinished, nil
		}
	}
	return nil, nil, errNoTimes
}

// learnParts merges what the parts know, as facts returns it.
func (c *Catalog) learnParts(facts func(Part) (*infer.Model, map[string]int64, error)) (*infer.Model, map[string]int64, error) {
	all, unfinished := infer.New(), map[string]int64{}
	for _, part := range c.parts {
		m, open, err := facts(part)
		if err != nil {
			return nil, nil, err
		}
		all.Merge(m)
		for host, n := range open {
			unfinished[host] += n
		}
	}
	return all, unfinished, nil
}

// Adopt saves facts as the model of all finished flows that a store has now. They may have been
// learned from more: from flows that the store never had.
func Adopt(ctx context.Context, st Store, m *infer.Model) error {
	_, basis, err := st.LoadModel(ctx, ModelName)
	if err != nil {
		return fmt.Errorf("load model: %w", err)
	}
	basis.Covers = nil
	for f, err := range st.Scan(ctx, store.Query{NoBodies: true}) {
		if err != nil {
			return fmt.Errorf("read flows: %w", err)
		}
		if f.Done {
			basis.Covers = basis.Covers.Add(f.Seq).Add(f.Last)
		}
	}
	data, err := m.AppendBinary(nil)
	if err != nil {
		return fmt.Errorf("encode model: %w", err)
	}
	if err := st.SaveModel(ctx, ModelName, data, basis); err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	return nil
}
