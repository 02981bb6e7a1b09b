package natslog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay"
)

// Headers of blocks.
const (
	headerAfter = "Spectap-After"
	headerLast  = "Spectap-Last"
	headerPart  = "Spectap-Part" // n/m, from 1
)

// partSize is the largest payload of a message. Servers accept 1 MiB with headers by default.
const partSize = 900 << 10

// maxParts is the number of messages of a batch that servers accept by default.
const maxParts = 1000

// subject returns the subject of a source's blocks.
func (l *Log) subject(source string) string {
	if source == relay.Deletions {
		return fmt.Sprintf("spectap.%s.flows.%s", l.team, source)
	}
	return fmt.Sprintf("spectap.%s.flows.%d.%s", l.team, relay.Partition(source), source)
}

// Append implements [relay.Log].
func (l *Log) Append(ctx context.Context, e *relay.Entry, after relay.Position) (relay.Position, error) {
	if err := l.ensure(ctx); err != nil {
		return 0, err
	}
	ctx, cancel := l.bounded(ctx)
	defer cancel()
	subject := l.subject(e.Source)
	parts := split(e.Data)
	msgs := make([]*nats.Msg, len(parts))
	for i, part := range parts {
		m := nats.NewMsg(subject)
		m.Data = part
		m.Header.Set(headerAfter, strconv.FormatUint(e.After, 10))
		m.Header.Set(headerLast, strconv.FormatUint(e.Last, 10))
		if len(parts) > 1 {
			m.Header.Set(headerPart, fmt.Sprintf("%d/%d", i+1, len(parts)))
		}
		msgs[i] = m
	}
	msgs[0].Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(uint64(after), 10))
	seq, err := l.publishWatched(ctx, StreamName(l.team), msgs, func(_ *nats.Msg, seq uint64) bool { return seq > uint64(after) })
	return relay.Position(seq), err
}

// errUnknown means that something was stored, and whose write that was is not known.
var errUnknown = errors.New("no acknowledgement came, and there is a newer message")

// errLost means that a write got lost, as one does that was sent before the connection was cut.
var errLost = errors.New("no acknowledgement came, and nothing is stored")

// answerTime is how long an answer usually takes at most. Then it is looked for, or asked for
// again.
const answerTime = time.Second

// publishWatched is publish to a stream. Acknowledgements get lost: without one it ends with
// errUnknown if the newest message of the last subject is one that stored accepts, or with errLost
// after two reads without such a message. Callers repeat the write conditionally or idempotently,
// so a message that arrives late does no harm.
func (l *Log) publishWatched(ctx context.Context, stream string, msgs []*nats.Msg, stored func(m *nats.Msg, seq uint64) bool) (uint64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	subject := msgs[len(msgs)-1].Subject
	go func() {
		for unstored := 0; pause.For(ctx, answerTime) == nil; {
			m, seq, err := l.newest(ctx, stream, subject)
			switch {
			case err != nil: // while servers elect a leader, for example
			case m != nil && stored(m, seq):
				cancel(errUnknown)
			default:
				if unstored++; unstored == 2 {
					cancel(errLost)
				}
			}
		}
	}()
	return l.publish(ctx, msgs)
}

// split cuts data into parts; no data is one empty part.
func split(data []byte) [][]byte {
	var parts [][]byte
	for len(data) > partSize {
		parts, data = append(parts, data[:partSize:partSize]), data[partSize:]
	}
	return append(parts, data)
}

// publish stores messages, several in one atomic batch, and returns the sequence of the last. It
// waits for other writes of the subjects that are in process.
func (l *Log) publish(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	if len(msgs) > maxParts {
		return 0, fmt.Errorf("%d parts of %d bytes, at most %d: %w", len(msgs), partSize, maxParts, relay.ErrTooLarge)
	}
	for {
		seq, err := l.publishOnce(ctx, msgs)
		if !inProcess(err) || pause.For(ctx, inProcessPause) != nil {
			return seq, err
		}
	}
}

// inProcessPause is how long to wait for another write of the subject.
const inProcessPause = 5 * time.Millisecond

func (l *Log) publishOnce(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	if len(msgs) > 1 {
		id := nuid.Next()
		for i, m := range msgs {
			m.Header.Set("Nats-Batch-Id", id)
			m.Header.Set("Nats-Batch-Sequence", strconv.Itoa(i+1))
			if i == len(msgs)-1 {
				m.Header.Set("Nats-Batch-Commit", "1")
				break
			}
			if err := l.nc.PublishMsg(m); err != nil {
				return 0, err
			}
		}
	}
	var seq uint64
	last := msgs[len(msgs)-1]
	err := l.asking(ctx, last.Subject, func(ctx context.Context) error {
		ack, err := l.js.PublishMsg(ctx, last, jetstream.WithRetryAttempts(0))
		var api *jetstream.APIError
		switch {
		case errors.As(err, &api):
			return api
		case err != nil:
			return err
		case ack.Sequence == 0:
			return errors.New("the acknowledgement has no sequence")
		}
		seq = ack.Sequence
		return nil
	})
	return seq, err
}

// newest returns the newest message of a subject, or nil if there is none.
func (l *Log) newest(ctx context.Context, stream, subject string) (*nats.Msg, uint64, error) {
	if err := l.ensure(ctx); err != nil {
		return nil, 0, err
	}
	ctx, cancel := l.bounded(ctx)
	defer cancel()
	m, err := l.get(ctx, "$JS.API.DIRECT.GET."+stream+"."+subject, nil)
	if err != nil {
		return nil, 0, err
	}
	switch status := m.Header.Get("Status"); status {
	case "":
	case "404":
		return nil, 0, nil
	default:
		return nil, 0, fmt.Errorf("read %s: %s %s", subject, status, m.Header.Get("Description"))
	}
	seq, err := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: no sequence of %s", relay.ErrMalformed, subject)
	}
	return m, seq, nil
}

// get returns the answer to a request that may be made twice.
func (l *Log) get(ctx context.Context, subject string, data []byte) (m *nats.Msg, err error) {
	err = l.asking(ctx, subject, func(ctx context.Context) error {
		return again(ctx, answerTime, func(ctx context.Context) error {
			m, err = l.nc.RequestWithContext(ctx, subject, data)
			return err
		})
	})
	return m, err
}

// again makes a request that may be made twice, and makes it again when no answer comes in a time.
func again(ctx context.Context, limit time.Duration, request func(context.Context) error) error {
	for {
		once, cancel := context.WithTimeout(ctx, limit)
		err := request(once)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, nats.ErrTimeout) || ctx.Err() != nil {
			return err
		}
	}
}

// Newest implements [relay.Log].
func (l *Log) Newest(ctx context.Context, source string) (relay.Entry, error) {
	e := relay.Entry{Source: source}
	m, seq, err := l.newest(ctx, StreamName(l.team), l.subject(source))
	if err != nil || m == nil {
		return e, err
	}
	if e.Position = relay.Position(seq); numbers(&e, m.Header, seq) != nil {
		return e, nil // no forwarder wrote it, and readers skip it
	}
	// A server that was killed while it stored a batch may have some of it.
	if n, of, err := (&message{header: m.Header, seq: seq}).part(); err != nil || n < of {
		e.Last = e.After
	}
	return e, nil
}

// numbers sets what the headers of a block say.
func numbers(e *relay.Entry, h nats.Header, seq uint64) error {
	after, err1 := strconv.ParseUint(h.Get(headerAfter), 10, 64)
	last, err2 := strconv.ParseUint(h.Get(headerLast), 10, 64)
	if err1 != nil || err2 != nil || last < after {
		return fmt.Errorf("%w: the block at %d has no numbers", relay.ErrMalformed, seq)
	}
	e.After, e.Last, e.Position = after, last, relay.Position(seq)
	return nil
}

// sourceOf returns the source whose blocks have a subject. It rejects a source in another source's
// partition: a holder of its credentials can publish there, and the flows would be learned twice.
func (l *Log) sourceOf(subject string) (string, bool) {
	rest, ok := strings.CutPrefix(subject, "spectap."+l.team+".flows.")
	if rest == relay.Deletions {
		return rest, ok
	}
	partition, source, dot := strings.Cut(rest, ".")
	return source, ok && dot && strings.Count(source, ".") == 1 && partition == strconv.Itoa(relay.Partition(source))
}
