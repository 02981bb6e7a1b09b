// Package days keeps the facts of flows separate by the day on which the flows started, so that a
// document can cover the flows since a day, and so that a deletion need not undo the facts of other
// days.
//
// Facts of a day that still gets flows are fresh: they are encoded with [Facts]. Facts of the other
// days are sealed: they are in values of their own, which are written once under a new name and
// never changed. The sum of all sealed facts has such a value too, so that reading the facts of all
// days takes one value, and not one for each day.
//
// A value counts once the encoded facts that name it are saved. So a caller that saves these
// conditionally needs no other condition for values: [Facts.Seal] records the names that it will
// write, in facts that are saved before, and [Facts.Garbage] returns the values that are unused
// once the facts are saved.
//
// Read days.go first, then seal.go.
package days

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/varint"
)

// Model learns from flows. infer.Model is one.
type Model interface {
	Add(*flow.Flow)
	AppendBinary([]byte) ([]byte, error)
	UnmarshalBinary([]byte) error
	// MergeBinary adds facts that AppendBinary encoded.
	MergeBinary([]byte) error
}

// Values keeps sealed facts under names.
type Values interface {
	// Load returns a value. No data and no error mean that it is lost for good.
	Load(ctx context.Context, name string) ([]byte, error)
	Save(ctx context.Context, name string, data []byte) error
}

// ErrTooOld means that the facts since a day were requested, but those of that day are not separate
// from older ones.
var ErrTooOld = errors.New("facts of so old a day are not kept apart")

// Day is a day in UTC, counted from 1970.
type Day int64

// Of returns the day of a time.
func Of(t time.Time) Day { return Day(math.Floor(float64(t.Unix()) / (24 * 60 * 60))) }

// Start returns the time when the day begins.
func (d Day) Start() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// Keep is the number of days whose facts are separate by default: a year and a month.
const Keep = 400

// Config configures facts. NewModel is required.
type Config struct {
	NewModel func() Model
	// Keep is the number of days whose facts are kept apart; 0 means [Keep]. Older ones are kept
	// together.
	Keep int
	// Quiet is how long a day gets no flows before its facts are sealed; 0 means an hour.
	Quiet time.Duration
}

// maxFresh is the number of days from which facts are sealed before they are quiet: fresh facts are
// encoded at each commit.
const maxFresh = 4

// Facts are the facts of some flows. They are not safe for concurrent use.
type Facts struct {
	cfg   Config
	parts map[Day]*Part
	// rest has the facts of all days up to restUntil.
	rest      *Part
	restUntil Day
	all       value // facts of all sealed values of parts
	stale     bool  // all has facts that were removed from a part
	garbage   []string
}

// Part is the facts of one day, or of all that are too old to be kept apart.
type Part struct {
	// Flows is the number of flows that were learned.
	Flows uint64
	// First and Last are the places in the log between which these flows are.
	First, Last uint64

	sealed  value
	fresh   Model  // nil: encoded has the fresh facts
	encoded []byte // fresh facts, if no flow was added since; may be empty
	changed time.Time
}

// value names sealed facts. The zero value has no name.
type value struct {
	name string
	size uint64
}

// noDay is before all days.
const noDay = Day(math.MinInt64)

// New returns facts of no flows.
func New(cfg Config) *Facts {
	if cfg.Keep <= 0 {
		cfg.Keep = Keep
	}
	cfg.Quiet = cmp.Or(cfg.Quiet, time.Hour)
	return &Facts{cfg: cfg, parts: map[Day]*Part{}, rest: &Part{}, restUntil: noDay}
}

// check reports whether facts can be read.
func (f *Facts) check(model []byte) error {
	if f.cfg.NewModel == nil || len(model) == 0 {
		return nil
	}
	return f.cfg.NewModel().UnmarshalBinary(model)
}

// Of returns the part that has the facts of a flow, or nil.
func (f *Facts) Of(started time.Time) *Part {
	if d := Of(started); d > f.restUntil {
		return f.parts[d]
	}
	return f.rest
}

// Add learns from a flow, which is in the log between two places.
func (f *Facts) Add(fl *flow.Flow, first, last uint64, now time.Time) error {
	p := f.Of(fl.Started)
	if p == nil {
		p = &Part{}
		f.parts[Of(fl.Started)] = p
	}
	return f.AddTo(p, fl, first, last, now)
}

// AddTo adds the facts of a flow to a part, which need not be one of f.
func (f *Facts) AddTo(p *Part, fl *flow.Flow, first, last uint64, now time.Time) error {
	if p.Flows == 0 {
		p.First = first
	}
	p.First, p.Last, p.changed = min(p.First, first), max(p.Last, last), now
	p.Flows++
	if p.fresh == nil {
		p.fresh = f.cfg.NewModel()
		if err := p.fresh.UnmarshalBinary(p.encoded); len(p.encoded) > 0 && err != nil {
			return err
		}
	}
	p.fresh.Add(fl)
	p.encoded = nil
	return nil
}

// encode returns the fresh facts.
func (p *Part) encode() ([]byte, error) {
	if p.encoded == nil && p.fresh != nil {
		var err error
		if p.encoded, err = p.fresh.AppendBinary(nil); err != nil {
			return nil, fmt.Errorf("encode facts: %w", err)
		}
	}
	return p.encoded, nil
}

// isFresh reports whether there are facts that are not sealed.
func (p *Part) isFresh() bool { return p.fresh != nil || len(p.encoded) > 0 }

// Between returns the parts that have, or may have, facts of flows that started within [since,
// before).
func (f *Facts) Between(since, before time.Time) []*Part {
	var list []*Part
	if Of(since) <= f.restUntil {
		list = append(list, f.rest)
	}
	for _, d := range slices.Sorted(maps.Keys(f.parts)) {
		if d >= Of(since) && d.Start().Before(before) {
			list = append(list, f.parts[d])
		}
	}
	return list
}

// Replace replaces the facts of a part by others of its flows.
func (f *Facts) Replace(p *Part, by *Part) {
	if p.sealed.name != "" {
		f.garbage = append(f.garbage, p.sealed.name)
		f.stale = true
	}
	*p = *by
	if p.Flows > 0 {
		return
	}
	maps.DeleteFunc(f.parts, func(_ Day, x *Part) bool { return x == p })
}

// Size returns the number of bytes of all facts, before compression.
func (f *Facts) Size() int {
	n := f.rest.size()
	for _, p := range f.parts {
		n += p.size()
	}
	return n
}

func (p *Part) size() int { return len(p.encoded) + int(p.sealed.size) }

// list returns the parts, in a fixed order.
func (f *Facts) list() []*Part {
	list := []*Part{f.rest}
	for _, d := range slices.Sorted(maps.Keys(f.parts)) {
		list = append(list, f.parts[d])
	}
	return list
}

// All returns the facts of all flows.
func (f *Facts) All(ctx context.Context, v Values) (Model, error) {
	return f.merge(ctx, v, f.sealed(), f.list())
}

// sealed returns the values whose facts are those of all sealed parts.
func (f *Facts) sealed() (values []value) {
	if !f.stale {
		return []value{f.all}
	}
	for _, p := range f.list() {
		values = append(values, p.sealed)
	}
	return values
}

// Since returns the facts of the flows since a day. The error is [ErrTooOld] if those of older ones
// are not separate.
func (f *Facts) Since(ctx context.Context, v Values, since Day) (Model, error) {
	if since <= f.restUntil && (f.rest.isFresh() || f.rest.sealed.name != "") {
		return nil, fmt.Errorf("%w: since %s", ErrTooOld, since.Start().Format(time.DateOnly))
	}
	var list []*Part
	var values []value
	for _, d := range slices.Sorted(maps.Keys(f.parts)) {
		if d >= since {
			list, values = append(list, f.parts[d]), append(values, f.parts[d].sealed)
		}
	}
	return f.merge(ctx, v, values, list)
}

// merge returns the facts of values, and the fresh ones of parts.
func (f *Facts) merge(ctx context.Context, v Values, values []value, parts []*Part) (Model, error) {
	m := f.cfg.NewModel()
	for _, x := range values {
		if err := mergeValue(ctx, v, m, x); err != nil {
			return nil, err
		}
	}
	for _, p := range parts {
		data, err := p.encode()
		if err == nil && len(data) > 0 {
			err = m.MergeBinary(data)
		}
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

func mergeValue(ctx context.Context, v Values, m Model, x value) error {
	if x.name == "" {
		return nil
	}
	data, err := v.Load(ctx, x.name)
	if err != nil || len(data) == 0 {
		return err
	}
	return m.MergeBinary(data)
}

// AppendBinary appends the encoded facts, without the sealed ones.
func (f *Facts) AppendBinary(b []byte) ([]byte, error) {
	// Facts of no flows show the version of the encoding.
	none, err := f.cfg.NewModel().AppendBinary(nil)
	if err != nil {
		return nil, fmt.Errorf("encode facts: %w", err)
	}
	c := varint.NewWriter(b)
	c.Blob(&none)
	err = f.code(c, time.Time{})
	return c.Out(), err
}

// code encodes or decodes the facts. Decoded parts changed at a time.
func (f *Facts) code(c *varint.Coder, changed time.Time) (err error) {
	part := func(p **Part) { err = cmp.Or(err, varint.Ensure(p).code(c, changed)) }
	f.all.code(c)
	c.Flags(&f.stale)
	varint.Elements(c, &f.garbage, math.MaxInt, 1, c.String)
	c.Int((*int64)(&f.restUntil))
	part(&f.rest)
	varint.Map(c, &f.parts, math.MaxInt, 1, func(d *Day) { c.Int((*int64)(d)) }, part)
	return err
}

func (v *value) code(c *varint.Coder) {
	c.String(&v.name)
	varint.Naturals(c, &v.size)
}

func (p *Part) code(c *varint.Coder, changed time.Time) error {
	p.sealed.code(c)
	varint.Naturals(c, &p.Flows, &p.First, &p.Last)
	data, err := p.encoded, error(nil)
	if c.Reads() {
		p.changed = changed
	} else {
		data, err = p.encode()
	}
	c.Blob(&data)
	p.encoded = data
	return err
}

// Decode reads encoded facts. The time is the last one at which days are known to have got flows.
func Decode(cfg Config, data []byte, now time.Time) (*Facts, error) {
	f := New(cfg)
	r := varint.NewReader(data)
	none, c := r.Bytes(), varint.NewDecoder(r)
	if _ = f.code(c, now); c.End() != nil { // only encoding facts has errors of its own
		return nil, fmt.Errorf("read facts by day: %w", c.Err())
	}
	return f, f.check(none)
}
