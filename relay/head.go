package relay

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/internal/varint"
	"github.com/spectap/spectap/relay/days"
)

// Head is the committed state of the worker of a partition: the facts of its sources, the newest
// learned number of each, and the position to continue from. All are written at once.
type Head struct {
	Partition int
	Position  Position
	Marks     map[string]SourceMark
	facts     *days.Facts
	deleted   uint64   // the number of the newest deletion that was applied to the facts
	staged    stagings // imports in progress
}

func newHead(partition int, cfg days.Config) *Head {
	return &Head{Partition: partition, Marks: map[string]SourceMark{}, facts: days.New(cfg), staged: stagings{}}
}

// Size returns the number of bytes of the facts, before compression.
func (h *Head) Size() int { return h.facts.Size() }

// SourceMark is the mark of one source in a head.
type SourceMark struct {
	Last uint64
	Seen time.Time // time of the last learned block, in full seconds
}

// headVersion is the first byte of a head. A zstd frame of uvarints and texts follows: the
// position, the number of marks, each with its source, number and time, the facts by day
// ([days.Facts]), the newest deletion, and the number of imports in progress, each with its source
// and position.
const headVersion = 3

// maxHead bounds a head before compression.
const maxHead = 1 << 30

func headKey(partition int) string { return keyHeads + strconv.Itoa(partition) }

// code encodes or decodes all but the version. The error is that of the facts.
func (h *Head) code(c *varint.Coder, cfg days.Config) (err error) {
	varint.Naturals(c, &h.Position)
	varint.Map(c, &h.Marks, math.MaxInt, 1, c.String, func(m *SourceMark) {
		seen := uint64(max(0, m.Seen.Unix()))
		varint.Naturals(c, &m.Last, &seen)
		m.Seen = time.Unix(int64(seen), 0).UTC()
	})
	err = c.Nested(h.facts.AppendBinary, func(b []byte) error {
		facts, err := days.Decode(cfg, b, time.Now())
		h.facts = facts
		return err
	})
	varint.Naturals(c, &h.deleted)
	varint.Map(c, (*map[string]Position)(&h.staged), math.MaxInt, 1, c.String, func(at *Position) { varint.Naturals(c, at) })
	return err
}

// encode returns the head as bytes.
func (h *Head) encode(enc *zstd.Encoder) ([]byte, error) {
	c := varint.NewWriter(nil)
	if err := h.code(c, days.Config{}); err != nil {
		return nil, err
	}
	return enc.EncodeAll(c.Out(), []byte{headVersion}), nil
}

// decodeHead reads a head. Errors are [ErrVersion] and [ErrMalformed].
func decodeHead(partition int, data []byte, dec *zstd.Decoder, cfg days.Config) (*Head, error) {
	h := newHead(partition, cfg)
	if len(data) == 0 {
		return h, nil
	}
	if data[0] != headVersion {
		return nil, fmt.Errorf("%w: the model of partition %d has version %d, this program reads %d", ErrVersion, partition, data[0], headVersion)
	}
	b, err := dec.DecodeAll(data[1:], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: the model of partition %d: %w", ErrMalformed, partition, err)
	}
	c := varint.NewDecoder(varint.NewReader(b))
	if err := h.code(c, cfg); err != nil { // another version wrote the facts, and they must not be replaced
		return nil, fmt.Errorf("%w: the model of partition %d: %w", ErrVersion, partition, err)
	}
	if c.End() != nil {
		return nil, fmt.Errorf("%w: the model of partition %d", ErrMalformed, partition)
	}
	return h, nil
}

// Heads returns the committed states of workers, by partition. It is empty before the first.
func Heads(ctx context.Context, l Log) ([]*Head, error) { return readHeads(ctx, l, days.Config{}) }

func readHeads(ctx context.Context, l Log, cfg days.Config) ([]*Head, error) {
	vs, err := l.Get(ctx, keyHeads)
	if err != nil {
		return nil, fmt.Errorf("read the models of the workers: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxHead))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	var list []*Head
	for _, v := range vs {
		p, err := strconv.Atoi(v.Key[len(keyHeads):])
		if err != nil || p < 0 || p >= Partitions {
			return nil, fmt.Errorf("%w: %s", ErrMalformed, v.Key)
		}
		if v.Err != nil {
			return nil, fmt.Errorf("read the models of the workers: %w", v.Err)
		}
		h, err := decodeHead(p, v.Data, dec, cfg)
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, nil
}
