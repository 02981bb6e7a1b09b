package relay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/internal/varint"
)

// Start gives a follower of an empty store the facts of the workers. So it knows facts of flows
// whose entries have expired, and need not learn the others again. Both fields are required.
type Start struct {
	NewModel func() Model
	// Save saves models as the facts of all flows of the store. It is called once, when the store
	// has the flows that the log still had.
	Save func(ctx context.Context, models []Model) error
}

// startName is the key of a [snapshot] among the models of a follower's store, until it is used.
const startName = "relay/start"

// snapshot is what the workers knew of a log up to a position.
type snapshot struct {
	until  Position
	marks  map[string]uint64
	models [][]byte
}

// snapshotVersion is the first byte of a snapshot. A zstd frame of uvarints and texts follows: the
// position, the number of marks, each with its source and number, and the number of models, and
// these.
const snapshotVersion = 1

func (s *snapshot) code(c *varint.Coder) {
	varint.Naturals(c, &s.until)
	varint.Map(c, &s.marks, math.MaxInt, 1, c.String, func(last *uint64) { varint.Naturals(c, last) })
	varint.Elements(c, &s.models, math.MaxInt, 1, c.Blob)
}

func (s *snapshot) encode() ([]byte, error) {
	c := varint.NewWriter(nil)
	s.code(c)
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, err
	}
	defer enc.Close()
	return enc.EncodeAll(c.Out(), []byte{snapshotVersion}), nil
}

// decodeSnapshot returns nil for a snapshot that this version cannot read: learning from the flows
// is always possible.
func decodeSnapshot(data []byte) *snapshot {
	if len(data) == 0 || data[0] != snapshotVersion {
		return nil
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxHead))
	if err != nil {
		return nil
	}
	defer dec.Close()
	b, err := dec.DecodeAll(data[1:], nil)
	if err != nil {
		return nil
	}
	s, c := &snapshot{marks: map[string]uint64{}}, varint.NewDecoder(varint.NewReader(b))
	if s.code(c); c.End() != nil {
		return nil
	}
	return s
}

// start brings a follower of a new store, or of one that was closed for long, to the position of a
// snapshot, and then saves the models. The snapshot is in the store before the first flow, so the
// successor of a killed process continues with it.
func (f *Follower) start(ctx context.Context) error {
	if f.cfg.Start == nil || f.started {
		return nil
	}
	data, basis, err := f.cfg.Store.LoadModel(ctx, startName)
	if err != nil {
		return &storeError{fmt.Errorf("read the models to start with: %w", err)}
	}
	s := decodeSnapshot(data)
	if s == nil && (f.position == 0 && len(f.have.marks) == 0 || f.met != nil) {
		if s, err = f.takeSnapshot(ctx); err != nil {
			return err
		}
		if s != nil {
			if data, err = s.encode(); err != nil {
				return err
			}
			if err := f.cfg.Store.SaveModel(ctx, startName, data, basis); err != nil {
				return &storeError{fmt.Errorf("save the models to start with: %w", err)}
			}
			basis.Revision++
		}
	}
	if s != nil {
		if err := f.startWith(ctx, s); err != nil {
			return err
		}
		if err := f.cfg.Store.SaveModel(context.WithoutCancel(ctx), startName, nil, basis); err != nil {
			return &storeError{fmt.Errorf("forget the models to start with: %w", err)}
		}
	}
	f.started = true
	return nil
}

// takeSnapshot returns what the workers know, nil if that is not all.
func (f *Follower) takeSnapshot(ctx context.Context) (*snapshot, error) {
	facts, err := Learned(ctx, f.cfg.Log, f.cfg.Start.NewModel)
	for start := time.Now(); errors.Is(err, ErrDeleted) && time.Since(start) < f.cfg.Ask && pause.For(ctx, f.cfg.Ask/20) == nil; {
		facts, err = Learned(ctx, f.cfg.Log, f.cfg.Start.NewModel)
	}
	if errors.Is(err, ErrNoModels) || isUnreadable(err) {
		f.cfg.Logger.Debug("the models of the workers are not used", "err", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &snapshot{until: facts.Until, marks: facts.Marks}
	for _, m := range facts.Models {
		data, err := m.AppendBinary(nil)
		if err != nil {
			return nil, fmt.Errorf("encode a model: %w", err)
		}
		s.models = append(s.models, data)
	}
	return s, nil
}

// startWith applies the log up to the position of a snapshot, and saves its models if the store has
// exactly the flows that they were learned from, except for those that the log no longer has.
func (f *Follower) startWith(ctx context.Context, s *snapshot) error {
	first, last, err := f.cfg.Log.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("read the end of the log: %w", err)
	}
	f.late = first > 1
	if s.until > last { // the log lost its end
		return nil
	}
	if err := f.advance(ctx, s.until); err != nil {
		return err
	}
	if !f.fits(s) {
		f.cfg.Logger.Debug("the models of the workers are not used: the flows differ")
		return nil
	}
	models := make([]Model, len(s.models))
	for i, data := range s.models {
		models[i] = f.cfg.Start.NewModel()
		if err := models[i].UnmarshalBinary(data); err != nil { // this program was replaced by another version
			return nil
		}
	}
	for source, last := range s.marks { // flows that expired are not learned, should they be sent again
		if err := f.have.jump(ctx, source, last); err != nil {
			return err
		}
	}
	if err := f.cfg.Start.Save(ctx, models); err != nil {
		return &storeError{fmt.Errorf("save the models of the workers: %w", err)}
	}
	return nil
}

// fits reports whether the store has the flows of a snapshot.
func (f *Follower) fits(s *snapshot) bool {
	for source, last := range f.have.marks {
		known, ok := s.marks[source]
		if known < last && !(f.late && !ok) || known > last && !f.late { // workers forget sources that have vanished
			return false
		}
	}
	for source, last := range s.marks {
		if last > f.have.marks[source] && !f.late {
			return false
		}
	}
	return true
}
