package relay

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
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

// encode returns the head as bytes.
func (h *Head) encode(enc *zstd.Encoder) ([]byte, error) {
	facts, err := h.facts.AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	b := binary.AppendUvarint(nil, uint64(h.Position))
	b = binary.AppendUvarint(b, uint64(len(h.Marks)))
	for _, source := range slices.Sorted(maps.Keys(h.Marks)) {
		b = varint.String(b, source)
		b = binary.AppendUvarint(b, h.Marks[source].Last)
		b = binary.AppendUvarint(b, uint64(max(0, h.Marks[source].Seen.Unix())))
	}
	b = varint.String(b, facts)
	b = binary.AppendUvarint(b, h.deleted)
	b = binary.AppendUvarint(b, uint64(len(h.staged)))
	for _, source := range slices.Sorted(maps.Keys(h.staged)) {
		b = binary.AppendUvarint(varint.String(b, source), uint64(h.staged[source]))
	}
	return enc.EncodeAll(b, []byte{headVersion}), nil
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
	r := varint.NewReader(b)
	h.Position = Position(r.Uint())
	for range r.Len() {
		source := r.String()
		h.Marks[source] = SourceMark{r.Uint(), time.Unix(int64(r.Uint()), 0).UTC()}
	}
	facts := r.Bytes()
	h.deleted = r.Uint()
	for range r.Len() {
		source := r.String()
		h.staged[source] = Position(r.Uint())
	}
	if r.End() != nil {
		return nil, fmt.Errorf("%w: the model of partition %d", ErrMalformed, partition)
	}
	if h.facts, err = days.Decode(cfg, facts, time.Now()); err != nil { // another version wrote them, and they must not be replaced
		return nil, fmt.Errorf("%w: the model of partition %d: %w", ErrVersion, partition, err)
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
