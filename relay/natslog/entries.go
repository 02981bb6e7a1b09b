package natslog

import (
	"context"
	"encoding/json"
	"errors"
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
	st, err := l.state(ctx)
	if err != nil {
		return 0, 0, err
	}
	if st.Msgs == 0 {
		return relay.Position(st.LastSeq + 1), relay.Position(st.LastSeq), nil
	}
	return relay.Position(st.FirstSeq), relay.Position(st.LastSeq), nil
}

// Stored returns the bytes of all entries.
func (l *Log) Stored(ctx context.Context) (uint64, error) {
	st, err := l.state(ctx)
	return st.Bytes, err
}

// state returns the state of the stream of entries.
func (l *Log) state(ctx context.Context) (jetstream.StreamState, error) {
	if err := l.ensure(ctx); err != nil {
		return jetstream.StreamState{}, err
	}
	ctx, cancel := l.bounded(ctx)
	defer cancel()
	s, err := l.stream(ctx, StreamName(l.team))
	if err != nil {
		return jetstream.StreamState{}, err
	}
	return s.CachedInfo().State, nil
}

// Entries implements [relay.Log].
func (l *Log) Entries(ctx context.Context, partition int, after relay.Position) iter.Seq2[relay.Entry, error] {
	filter := []string{fmt.Sprintf("spectap.%s.flows.>", l.team)}
	if partition != -1 {
		filter = []string{l.subject(relay.Deletions)}
	}
	if partition >= 0 {
		filter = append(filter, fmt.Sprintf("spectap.%s.flows.%d.>", l.team, partition))
	}
	return func(yield func(relay.Entry, error) bool) {
		l.entries(ctx, filter, uint64(after), true, yield)
	}
}

// entries yields the entries after a sequence. A sequence in the middle of a block comes from a
// reader that asked for the end of the log while the block was being stored. With wholeBlocks, such
// a block is read from its first part.
func (l *Log) entries(ctx context.Context, filter []string, after uint64, wholeBlocks bool, yield func(relay.Entry, error) bool) {
	j := joiner{l: l}
	first := true
	for m, err := range l.messages(ctx, StreamName(l.team), filter, after) {
		if err != nil {
			yield(relay.Entry{}, err)
			return
		}
		if before := m.partsBefore(); first && wholeBlocks && before > 0 && before <= m.seq-1 {
			l.entries(ctx, filter, m.seq-1-before, false, yield)
			return
		}
		first = false
		e, complete := relay.Entry{Position: relay.Position(m.seq)}, true
		if m.subject != "" {
			if e, complete, err = j.add(m); err != nil {
				l.bad.Warn("a message of the log is skipped", "err", err)
				e, complete = relay.Entry{Position: relay.Position(m.seq)}, true
			}
		}
		if complete && !yield(e, nil) {
			return
		}
	}
}

// message is a message of a stream.
type message struct {
	subject string // "": there is nothing up to seq
	header  nats.Header
	data    []byte
	seq     uint64
}

// part returns the number of the message's part and the number of parts of its block, 1 and 1 for a
// complete block.
func (m *message) part() (n, of int, err error) {
	part := m.header.Get(headerPart)
	if part == "" {
		return 1, 1, nil
	}
	if _, err := fmt.Sscanf(strings.TrimSpace(part), "%d/%d", &n, &of); err != nil || n < 1 || n > of || of > maxParts {
		return 0, 0, fmt.Errorf("%w: part %q at %d", relay.ErrMalformed, part, m.seq)
	}
	return n, of, nil
}

// partsBefore returns the number of parts of the same block before the message.
func (m *message) partsBefore() uint64 {
	n, _, err := m.part()
	if err != nil {
		return 0
	}
	return uint64(n - 1)
}

// messages yields the messages of a stream after a sequence, and waits for more at the end. It says
// when there are no more of those that the stream had at the beginning.
func (l *Log) messages(ctx context.Context, stream string, filter []string, after uint64) iter.Seq2[message, error] {
	return func(yield func(message, error) bool) {
		if err := l.ensure(ctx); err != nil {
			yield(message{}, err)
			return
		}
		end, err := l.endOf(ctx, stream, filter) // before the consumer counts the messages
		if err != nil {
			yield(message{}, err)
			return
		}
		for more := true; more; {
			after, more = l.consume(ctx, stream, filter, after, end, yield)
		}
	}
}

// consume yields the messages after a sequence. It returns the sequence of the last one, and
// whether to go on after it with another consumer.
func (l *Log) consume(ctx context.Context, stream string, filter []string, after uint64, end end, yield func(message, error) bool) (uint64, bool) {
	c, err := l.consumer(ctx, stream, jetstream.OrderedConsumerConfig{
		FilterSubjects: filter, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1,
		InactiveThreshold: time.Minute, MaxResetAttempts: 1,
	})
	if err != nil {
		yield(message{}, err)
		return 0, false
	}
	// say yields that there is nothing up to the end.
	say := func() bool {
		switch isEnd, err := l.isEnd(ctx, end, after); {
		case err != nil:
			yield(message{}, err)
			return false
		case !isEnd: // the messages come
			return true
		}
		after = end.seq
		return yield(message{seq: after}, nil)
	}
	if c.CachedInfo().NumPending == 0 && after < end.seq && !say() {
		return 0, false
	}
	it, err := c.Messages(jetstream.PullMaxMessagesWithBytesLimit(pullMessages, pullBytes), jetstream.PullHeartbeat(heartbeat),
		jetstream.PullExpiry(4*heartbeat))
	if err != nil {
		yield(message{}, err)
		return 0, false
	}
	defer it.Stop()
	for {
		m, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			yield(message{}, err)
			return 0, false
		}
		md, err := m.Metadata()
		if err != nil {
			yield(message{}, err)
			return 0, false
		}
		if md.Sequence.Stream <= after { // a consumer that was made again
			continue
		}
		after = md.Sequence.Stream
		if !yield(message{m.Subject(), m.Headers(), m.Data(), after}, nil) {
			return 0, false
		}
		if md.NumPending == 0 && after < end.seq && !say() {
			return 0, false
		}
		if endsAnswers(m) {
			return after, true
		}
	}
}

// endsAnswers reports whether a server may send nothing after a message. For a key with an account
// of its own, a message without header and data ends the answers to a request, which would show
// only when heartbeats are missing. Our client stores no such messages.
func endsAnswers(m jetstream.Msg) bool { return len(m.Data()) == 0 && len(m.Headers()) == 0 }

// end is the end of a stream when a reader began.
type end struct {
	stream       string
	filter       []string // the subjects of the reader
	seq          uint64   // of the newest message that the stream ever had
	isReplicated bool     // several nodes have the stream
}

func (l *Log) endOf(ctx context.Context, stream string, filter []string) (end, error) {
	bounded, cancel := l.bounded(ctx)
	defer cancel()
	s, err := l.stream(bounded, stream)
	if err != nil {
		return end{}, err
	}
	info := s.CachedInfo()
	return end{stream, filter, info.State.LastSeq, info.Cluster != nil && len(info.Cluster.Replicas) > 0}, nil
}

// isEnd reports whether a reader that has all messages up to a sequence has all up to the end. A
// consumer without further messages may be at a node that does not yet have all of the stream, so
// the leader is asked.
func (l *Log) isEnd(ctx context.Context, e end, after uint64) (bool, error) {
	if !e.isReplicated {
		return true, nil
	}
	ctx, cancel := l.bounded(ctx)
	defer cancel()
	for _, subject := range e.filter {
		seq, err := l.next(ctx, e.stream, subject, after)
		if errors.Is(err, relay.ErrDenied) { // by a server that was set up for older programs
			l.cfg.Logger.Warn("the server does not allow "+getSubject(e.stream)+": entries may be skipped that not all nodes have", "err", err)
			return true, nil
		}
		if err != nil || seq > 0 && seq <= e.seq {
			return false, err
		}
	}
	return true, nil
}

// next returns the sequence of the first message of a subject after a sequence, or 0 if there is
// none.
func (l *Log) next(ctx context.Context, stream, subject string, after uint64) (uint64, error) {
	answer, err := l.ask(ctx, getSubject(stream), map[string]any{"seq": after + 1, "next_by_subj": subject})
	switch {
	case err != nil:
		return 0, err
	case answer.Error == nil:
		return answer.Message.Seq, nil
	case answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return 0, nil
	}
	return 0, fmt.Errorf("read %s after %d: %w", subject, after, answer.Error)
}

// answer is the answer of a server about one message.
type answer struct {
	Error   *jetstream.APIError `json:"error"`
	Message struct {
		Seq uint64 `json:"seq"`
	} `json:"message"`
}

// ask makes a request about a message that may be made twice. The library's functions keep only the
// text of an error, not its code.
func (l *Log) ask(ctx context.Context, subject string, question map[string]any) (a answer, err error) {
	data, err := json.Marshal(question)
	if err != nil {
		return a, err
	}
	m, err := l.get(ctx, subject, data)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return a, fmt.Errorf("read the answer of %s: %w", subject, err)
	}
	return a, nil
}

func (l *Log) consumer(ctx context.Context, stream string, cfg jetstream.OrderedConsumerConfig) (c jetstream.Consumer, err error) {
	ctx, cancel := l.bounded(ctx)
	defer cancel()
	err = again(ctx, 3*answerTime, func(ctx context.Context) error {
		c, err = l.js.OrderedConsumer(ctx, stream, cfg)
		return err
	})
	return c, err
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
	n, of, err := m.part()
	if err != nil {
		return e, false, err
	}
	if of == 1 {
		j.parts, j.data = 0, nil
		e.Data = m.data
		return e, true, nil
	}
	if n == 1 {
		j.parts, j.data = 0, nil
	}
	if n != j.parts+1 {
		j.parts = -1
		return e, false, fmt.Errorf("%w: part %d of %d at %d without those before it", relay.ErrMalformed, n, of, m.seq)
	}
	j.parts, j.data = n, append(j.data, m.data...)
	if n < of {
		return e, false, nil
	}
	e.Data = j.data
	j.parts, j.data = 0, nil
	return e, true, nil
}
