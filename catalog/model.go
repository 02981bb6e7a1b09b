package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/store"
)

// ModelName is the key of the saved model in the store.
const ModelName = "infer"

// SavePolicy selects when a catalog saves its model.
type SavePolicy int

const (
	// SaveNever keeps the model in memory.
	SaveNever SavePolicy = iota
	// SaveAlways saves after any new flow. A call whose save fails returns the error.
	SaveAlways
	// SaveLarge saves after 1,000 new flows. If the save fails, the next process learns them again.
	SaveLarge
)

// minSave is the number of new flows from which SaveLarge saves. Learning them takes about a tenth
// of a second.
const minSave = 1000

// learn brings the model up to date. The caller holds mu.
func (c *Catalog) learn(ctx context.Context) (*infer.Model, map[string]int64, error) {
	if c.parts != nil {
		return c.learnParts(func(part Part) (*infer.Model, map[string]int64, error) {
			f, err := part.Facts(ctx)
			return f.Model, f.Unfinished, err
		})
	}
	c.reading.Store(true)
	defer c.reading.Store(false)
	if c.model != nil {
		st, err := c.cfg.Store.Stat(ctx)
		if err != nil {
			return nil, nil, err
		}
		if st.Deletions != c.basis.Deletions {
			c.model = nil
		}
	}
	if c.model == nil {
		if err := c.load(ctx); err != nil {
			return nil, nil, err
		}
	}
	c.unfinished = map[string]int64{}
	c.read.Store(0)
	if err := c.learnShards(ctx, defaultSharding()); err != nil {
		c.model = nil // it has only some of the new flows: start over
		return nil, nil, err
	}
	saw, done := c.startReading()
	defer done()
	covered := slices.Clone(c.basis.Covers) // Add changes the runs in place
	for f, err := range c.cfg.Store.Scan(ctx, store.Query{Except: covered}) {
		if err != nil {
			c.model = nil
			return nil, nil, fmt.Errorf("read flows: %w", err)
		}
		saw(f.Last)
		if add(c.model, c.unfinished, &f) {
			c.basis.Covers = c.basis.Covers.Add(f.Seq).Add(f.Last)
			c.unsaved++
			c.read.Add(1)
		}
	}
	c.reading.Store(false) // the rest takes a moment: callers may wait for it
	switch err := c.save(ctx); {
	case isSuperseded(err): // flows were deleted meanwhile, and the model has learned from them; or another is ahead
		c.model = nil
		return c.learn(ctx)
	case err != nil:
		return nil, nil, err
	}
	return c.model, c.unfinished, nil
}

// save saves the model as Config.Save requires. The caller holds mu.
func (c *Catalog) save(ctx context.Context) error {
	if c.unsaved == 0 || c.cfg.Save == SaveNever || c.cfg.Save == SaveLarge && c.unsaved < minSave {
		return nil
	}
	data, err := c.model.AppendBinary(nil)
	if err != nil {
		return fmt.Errorf("encode model: %w", err)
	}
	c.unsaved = 0
	err = c.saveRevision(ctx, data)
	if err == nil || c.cfg.Save == SaveLarge && !isSuperseded(err) {
		return nil
	}
	return fmt.Errorf("save model: %w", err)
}

// saveRevision saves the model as the next revision. A model that another process saved meanwhile
// is replaced if this one covers all its flows. Otherwise the error is [store.ErrOutdated].
func (c *Catalog) saveRevision(ctx context.Context, data []byte) error {
	err := c.cfg.Store.SaveModel(ctx, ModelName, data, c.basis)
	if errors.Is(err, store.ErrOutdated) {
		_, saved, lerr := c.cfg.Store.LoadModel(ctx, ModelName)
		if lerr != nil || !c.basis.Covers.ContainsAll(saved.Covers) {
			return err
		}
		c.basis.Revision = saved.Revision
		err = c.cfg.Store.SaveModel(ctx, ModelName, data, c.basis)
	}
	if err == nil {
		c.basis.Revision++
	}
	return err
}

// isSuperseded reports whether a model was not saved because it must be replaced by the saved one.
func isSuperseded(err error) bool {
	return errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrOutdated)
}

// learnNewest builds a model of the newest flows of the hosts that r selects, or of those since a
// time.
func (c *Catalog) learnNewest(ctx context.Context, r Request) (*infer.Model, map[string]int64, error) {
	if c.parts != nil {
		return c.learnPartsSince(ctx, r)
	}
	with, err := c.cfg.Corrections()
	if err != nil {
		return nil, nil, err
	}
	host := with.Owner(r.Host)
	selects := func(a string) bool {
		return (host == "" || mayName(host, a)) && (len(r.Hosts) == 0 || slices.Contains(r.Hosts, a))
	}
	m, unfinished := infer.New(), map[string]int64{}
	saw, done := c.startReading()
	defer done()
	left := r.Limit
	for f, err := range c.cfg.Store.Scan(ctx, store.Query{Newest: true, Since: r.Since}) {
		if err != nil {
			return nil, nil, fmt.Errorf("read flows: %w", err)
		}
		saw(f.Last)
		if a := f.Request.Authority; !selects(a) && !selects(with.Owner(a)) {
			continue
		}
		add(m, unfinished, &f)
		if left--; left == 0 {
			break
		}
	}
	return m, unfinished, nil
}

// load replaces the model by the saved one. A model of another version is discarded: learn reads
// its flows again.
func (c *Catalog) load(ctx context.Context) error {
	data, basis, err := c.cfg.Store.LoadModel(ctx, ModelName)
	if err != nil {
		return fmt.Errorf("load model: %w", err)
	}
	m := infer.New()
	if data == nil || m.UnmarshalBinary(data) != nil {
		m, basis.Covers = infer.New(), nil
	}
	c.model, c.basis, c.unsaved = m, basis, 0
	return nil
}

// add adds a finished flow to m and reports whether f is one. Unfinished flows are counted.
func add(m *infer.Model, unfinished map[string]int64, f *flow.Flow) bool {
	if !f.Done {
		unfinished[f.Request.Authority]++
		return false
	}
	m.Add(f)
	return true
}
