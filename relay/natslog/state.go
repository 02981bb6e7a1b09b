package natslog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/internal/varint"
	"github.com/spectap/spectap/relay"
)

// Kinds of values, their first byte. A large one lists its parts: their number, which half of the
// subjects of parts they use, and the length and CRC-32C of the complete value. Parts of two writes
// in succession use different subjects, so that a reader between them finds its parts.
const (
	kindInline = 0
	kindParts  = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// key returns the subject of a key, whose slash becomes a dot.
func (l *Log) key(key string) string {
	return "spectap." + l.team + ".state." + strings.Replace(key, "/", ".", 1)
}

func (l *Log) part(half byte, key string, n int) string {
	return fmt.Sprintf("spectap.%s.parts.%d.%s.%d", l.team, half, strings.Replace(key, "/", ".", 1), n)
}

// Put implements [relay.Log].
func (l *Log) Put(ctx context.Context, key string, revision uint64, data []byte) (uint64, error) {
	if err := l.ensure(ctx); err != nil {
		return 0, err
	}
	ctx, cancel := l.bounded(ctx)
	defer cancel()
	subject := l.key(key)
	head := nats.NewMsg(subject)
	if revision != relay.Anything {
		head.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(revision, 10))
	}
	var msgs []*nats.Msg
	if len(data) < partSize {
		head.Data = append([]byte{kindInline}, data...)
	} else {
		half, err := l.otherHalf(ctx, key)
		if err != nil {
			return 0, err
		}
		for i, part := range split(data) {
			m := nats.NewMsg(l.part(half, key, i))
			m.Data = part
			msgs = append(msgs, m)
		}
		head.Data = manifest(len(msgs), half, data)
	}
	var same uint64 // the revision of equal data, which an unconditional write may have stored
	seq, err := l.publishWatched(ctx, StateName(l.team), append(msgs, head), func(m *nats.Msg, seq uint64) bool {
		if revision != relay.Anything {
			return seq > revision
		}
		same = seq
		return bytes.Equal(m.Data, head.Data)
	})
	if errors.Is(err, errUnknown) && revision == relay.Anything {
		return same, nil
	}
	return seq, err
}

// Remove implements [relay.Log]. The revision is the sequence of the message, so a newer one stays.
func (l *Log) Remove(ctx context.Context, key string, revision uint64) error {
	if err := l.ensure(ctx); err != nil {
		return err
	}
	ctx, cancel := l.bounded(ctx)
	defer cancel()
	m, seq, err := l.newest(ctx, StateName(l.team), l.key(key))
	if err != nil || m == nil || seq != revision {
		return err
	}
	// A value without its parts would look damaged, so these are removed after it. Those of a newer
	// value come after it in the stream.
	err = l.remove(ctx, seq)
	if len(m.Data) == 0 || m.Data[0] != kindParts {
		return err
	}
	for half := range byte(2) {
		for i := 0; err == nil; i++ {
			part, at, nerr := l.newest(ctx, StateName(l.team), l.part(half, key, i))
			if nerr != nil {
				return nerr
			}
			if part == nil || at > seq {
				break
			}
			err = l.remove(ctx, at)
		}
	}
	return err
}

// remove deletes a message, if it is there.
func (l *Log) remove(ctx context.Context, seq uint64) error {
	answer, err := l.ask(ctx, deleteSubject(l.team), map[string]any{"seq": seq, "no_erase": true})
	if err != nil || answer.Error == nil || slices.Contains(codesOfGone, answer.Error.ErrorCode) {
		return err
	}
	return answer.Error
}

// codesOfGone are those of JetStream for a message that is to be deleted and is not there.
var codesOfGone = []jetstream.ErrorCode{jetstream.JSErrCodeMessageNotFound, 10043, 10057}

// deleteSubject is that of requests to delete a value.
func deleteSubject(team string) string { return "$JS.API.STREAM.MSG.DELETE." + StateName(team) }

func manifest(parts int, half byte, data []byte) []byte {
	b := []byte{kindParts, half}
	b = binary.AppendUvarint(b, uint64(parts))
	b = binary.AppendUvarint(b, uint64(len(data)))
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(data, castagnoli))
}

// otherHalf returns the half of the subjects of parts that the present value of a key does not use.
func (l *Log) otherHalf(ctx context.Context, key string) (byte, error) {
	m, _, err := l.newest(ctx, StateName(l.team), l.key(key))
	if err != nil || m == nil || len(m.Data) < 2 || m.Data[0] != kindParts {
		return 0, err
	}
	return 1 - m.Data[1]&1, nil
}

// Get implements [relay.Log].
func (l *Log) Get(ctx context.Context, key string) ([]relay.Value, error) {
	if strings.HasSuffix(key, "/") {
		return l.list(ctx, key)
	}
	m, seq, err := l.newest(ctx, StateName(l.team), l.key(key))
	if err != nil || m == nil {
		return nil, err
	}
	v, err := l.value(ctx, key, m.Data, seq)
	if err != nil {
		return nil, err
	}
	return []relay.Value{v}, nil
}

// errChanged means that a large value was replaced while it was read.
var errChanged = errors.New("the value changed while it was read")

// value returns the value of a key from its message.
func (l *Log) value(ctx context.Context, key string, data []byte, seq uint64) (relay.Value, error) {
	for range 5 {
		joined, err := l.join(ctx, key, data)
		if !errors.Is(err, errChanged) {
			return relay.Value{Key: key, Revision: seq, Data: joined}, err
		}
		m, newer, err := l.newest(ctx, StateName(l.team), l.key(key))
		if err != nil {
			return relay.Value{}, err
		}
		if m == nil {
			return relay.Value{Key: key}, nil
		}
		data, seq = m.Data, newer
	}
	return relay.Value{}, fmt.Errorf("read %s: %w", key, errChanged)
}

// join returns the data of a value.
func (l *Log) join(ctx context.Context, key string, data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: value of %s", relay.ErrMalformed, key)
	}
	if data[0] == kindInline {
		return data[1:], nil
	}
	if strings.HasPrefix(key, "sources/") { // a source may write no parts
		return nil, fmt.Errorf("%w: value of %s", relay.ErrMalformed, key)
	}
	if data[0] != kindParts || len(data) < 2 {
		return nil, fmt.Errorf("%w: value of %s", relay.ErrVersion, key)
	}
	var sum [crc32.Size]byte
	half, r := data[1], varint.NewReader(data[2:])
	n, size := r.Uint(), r.Uint()
	if r.Raw(sum[:]); r.End() != nil || n > maxParts || size > n*partSize {
		return nil, fmt.Errorf("%w: value of %s", relay.ErrMalformed, key)
	}
	joined := make([]byte, 0, size)
	for i := range int(n) {
		m, _, err := l.newest(ctx, StateName(l.team), l.part(half, key, i))
		if err != nil {
			return nil, err
		}
		if m == nil {
			return nil, errChanged
		}
		joined = append(joined, m.Data...)
	}
	if uint64(len(joined)) != size || crc32.Checksum(joined, castagnoli) != binary.BigEndian.Uint32(sum[:]) {
		return nil, errChanged
	}
	return joined, nil
}

// list returns the values of all keys with a prefix, sorted.
func (l *Log) list(ctx context.Context, prefix string) ([]relay.Value, error) {
	if err := l.ensure(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := l.bounded(ctx)
	defer cancel()
	newest := map[string]relay.Value{}
	for after, more := uint64(0), true; more; {
		var err error
		if after, more, err = l.collect(ctx, prefix, after, newest); err != nil {
			return nil, fmt.Errorf("read %s of the log: %w", prefix, err)
		}
	}
	var list []relay.Value
	for key, raw := range newest {
		v, err := l.value(ctx, key, raw.Data, raw.Revision)
		if errors.Is(err, relay.ErrMalformed) || errors.Is(err, relay.ErrVersion) {
			v = relay.Value{Key: key, Revision: raw.Revision, Err: err}
		} else if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b relay.Value) int { return strings.Compare(a.Key, b.Key) })
	return list, nil
}

// collect adds the values of all keys with a prefix after a sequence, as they are stored. It
// returns the sequence of the last one, and whether there may be more after it.
func (l *Log) collect(ctx context.Context, prefix string, after uint64, values map[string]relay.Value) (uint64, bool, error) {
	root := l.key(prefix)
	cfg := jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{root + ">"}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, InactiveThreshold: 30 * time.Second,
	}
	if after > 0 {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, after+1
	}
	c, err := l.consumer(ctx, StateName(l.team), cfg)
	if err != nil {
		return 0, false, err
	}
	info, err := c.Info(ctx)
	if err != nil || info.NumPending == 0 {
		return 0, false, err
	}
	it, err := c.Messages(jetstream.PullMaxMessagesWithBytesLimit(pullMessages, pullBytes), jetstream.PullHeartbeat(heartbeat))
	if err != nil {
		return 0, false, err
	}
	defer it.Stop()
	for {
		m, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			return 0, false, err
		}
		md, err := m.Metadata()
		if err != nil {
			return 0, false, err
		}
		key := prefix + strings.TrimPrefix(m.Subject(), root)
		values[key] = relay.Value{Key: key, Revision: md.Sequence.Stream, Data: m.Data()}
		if md.NumPending == 0 || endsAnswers(m) {
			return md.Sequence.Stream, md.NumPending > 0, nil
		}
	}
}
