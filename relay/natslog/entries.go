package natslog

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/relay"
)

// How much a reader asks for ahead.
const (
	pullBytes    = 8 << 20
	pullMessages = 500
	heartbeat    = 2 * time.Second
)

// Bounds implements [relay.Log].
func (l *Log) Bounds(ctx context.Context) (first, last relay.Position, err error) {
	if err := l.ensure(ctx); err != nil {
		return 0, 0, err
	}
	ctx, cancel := l.bounded(ctx)
	defer cancel()
	s, err := l.stream(ctx, StreamName(l.team))
	if err != nil {
		return 0, 0, err
	}
	st := s.CachedInfo().State
	if st.Msgs == 0 {
		return relay.Position(st.LastSeq + 1), relay.Position(st.LastSeq), nil
	}
	return relay.Position(st.FirstSeq), relay.Position(st.LastSeq), nil
}

// Entries implements [relay.Log].
func (l *Log) Entries(ctx context.Context, partition int, after relay.Position) iter.Seq2[relay.Entry, error] {
	filter := fmt.Sprintf("spectap.%s.flows.>", l.team)
	if partition >= 0 {
		filter = fmt.Sprintf("spectap.%s.flows.%d.>", l.team, partition)
	}
	return func(yield func(relay.Entry, error) bool) {
		j := joiner{l: l}
		for m, err := range l.messages(ctx, StreamName(l.team), filter, uint64(after)) {
			if err != nil {
				yield(relay.Entry{}, err)
				return
			}
			e, whole, err := j.add(m)
			if err != nil {
				l.cfg.Logger.Error("a message of the log is skipped", "err", err)
				continue
			}
			if whole && !yield(e, nil) {
				return
			}
		}
	}
}

// message is a message of a stream.
type message struct {
	subject string
	header  nats.Header
	data    []byte
	seq     uint64
	pending uint64 // messages after it
}

// messages yields the messages of a stream after a sequence, and waits for more at the end.
func (l *Log) messages(ctx context.Context, stream, filter string, after uint64) iter.Seq2[message, error] {
	return func(yield func(message, error) bool) {
		if err := l.ensure(ctx); err != nil {
			yield(message{}, err)
			return
		}
		c, err := l.consumer(ctx, stream, jetstream.OrderedConsumerConfig{
			FilterSubjects: []string{filter}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1,
			InactiveThreshold: time.Minute, MaxResetAttempts: 1,
		})
		if err != nil {
			yield(message{}, err)
			return
		}
		it, err := c.Messages(jetstream.PullMaxMessagesWithBytesLimit(pullMessages, pullBytes), jetstream.PullHeartbeat(heartbeat),
			jetstream.PullExpiry(4*heartbeat))
		if err != nil {
			yield(message{}, err)
			return
		}
		defer it.Stop()
		for {
			m, err := it.Next(jetstream.NextContext(ctx))
			if err != nil {
				yield(message{}, err)
				return
			}
			md, err := m.Metadata()
			if err != nil {
				yield(message{}, err)
				return
			}
			if md.Sequence.Stream <= after { // a consumer that was made again
				continue
			}
			after = md.Sequence.Stream
			if !yield(message{m.Subject(), m.Headers(), m.Data(), after, md.NumPending}, nil) {
				return
			}
		}
	}
}

func (l *Log) consumer(ctx context.Context, stream string, cfg jetstream.OrderedConsumerConfig) (jetstream.Consumer, error) {
	ctx, cancel := l.bounded(ctx)
	defer cancel()
	return l.js.OrderedConsumer(ctx, stream, cfg)
}

// joiner joins the parts of blocks. Those of one block follow each other, since they are one batch;
// only expired ones are missing at the beginning.
type joiner struct {
	l     *Log
	parts int // collected
	data  []byte
}

// add adds a message, and returns the block that it completes.
func (j *joiner) add(m message) (relay.Entry, bool, error) {
	var e relay.Entry
	source, ok := j.l.sourceOf(m.subject)
	if !ok {
		return e, false, fmt.Errorf("%w: subject %q", relay.ErrMalformed, m.subject)
	}
	e.Source = source
	if err := numbers(&e, m.header, m.seq); err != nil {
		return e, false, err
	}
	part := m.header.Get(headerPart)
	if part == "" {
		j.parts, j.data = 0, nil
		e.Data = m.data
		return e, true, nil
	}
	var n, of int
	if _, err := fmt.Sscanf(strings.TrimSpace(part), "%d/%d", &n, &of); err != nil || n < 1 || n > of || of > maxParts {
		return e, false, fmt.Errorf("%w: part %q at %d", relay.ErrMalformed, part, m.seq)
	}
	if n == 1 {
		j.parts, j.data = 0, nil
	}
	if n != j.parts+1 {
		j.parts = -1
		return e, false, fmt.Errorf("%w: part %s at %d without those before it", relay.ErrMalformed, part, m.seq)
	}
	j.parts, j.data = n, append(j.data, m.data...)
	if n < of {
		return e, false, nil
	}
	e.Data = j.data
	j.parts, j.data = 0, nil
	return e, true, nil
}
