package natslog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/relay"
)

// block returns a delivery of a block of source a.1 with the numbers of its sequence.
func block(seq uint64, pending int) delivery {
	after, last := fmt.Sprint(seq-1), fmt.Sprint(seq)
	return delivery{blockSubject("a.1"), nats.Header{headerAfter: {after}, headerLast: {last}}, "x", seq, pending}
}

// blockPart returns a delivery of a part of a block.
func blockPart(seq uint64, part string, pending int) delivery {
	d := block(seq, pending)
	d.header[headerPart] = []string{part}
	return d
}

// consumers returns the requests of a client for consumers.
func (f *fake) consumers() (list []jetstream.ConsumerConfig) {
	f.t.Helper()
	for _, m := range f.asked(makeOf) {
		var ask struct{ Config jetstream.ConsumerConfig }
		if err := json.Unmarshal(m.Data, &ask); err != nil {
			f.t.Fatal(err)
		}
		list = append(list, ask.Config)
	}
	return list
}

// TestReading reads streams whose servers say at each message how many are left. "hole" is an entry
// that says that nothing readable is up to its position. Each ends with a block at 9, which comes
// after the end of the stream at the beginning.
func TestReading(t *testing.T) {
	empty := delivery{subject: blockSubject("a.1"), seq: 3, pending: 1}
	for _, tt := range []struct {
		name    string
		after   relay.Position
		last    int // the newest message at the beginning
		pending int // when the consumer is made
		pulls   [][]delivery
		want    string
		starts  []uint64 // of consumers
	}{
		{"all are read", 0, 5, 2, [][]delivery{{block(3, 1), block(5, 0)}}, "3 5 9", []uint64{1}},
		{"the last are unreadable", 2, 7, 2, [][]delivery{{block(3, 1), block(6, 0)}}, "3 6 hole 7 9", []uint64{3}},
		{"none is readable", 2, 7, 0, nil, "hole 7 9", []uint64{3}},
		{"the last is not readable", 6, 7, 0, nil, "hole 7 9", []uint64{7}},
		{"none was left", 7, 7, 0, nil, "9", []uint64{8}},
		{"nothing was ever stored", 0, 0, 0, nil, "9", []uint64{1}},
		{"some are left", 0, 7, 1, nil, "9", []uint64{1}},
		{"one comes again", 2, 5, 3, [][]delivery{{block(3, 2), block(3, 2), block(2, 1), block(4, 1), block(5, 0)}}, "3 4 5 9", []uint64{3}},
		{"one comes after the end", 0, 5, 0, [][]delivery{{block(4, 0), block(6, 0)}}, "hole 5 6 9", []uint64{1}},
		{"one ends the answers", 0, 5, 2, [][]delivery{{block(2, 2), empty}, {block(5, 0)}}, "2 hole 3 5 9", []uint64{1, 4}},
		{"the last ends the answers", 0, 3, 1, [][]delivery{{{subject: blockSubject("a.1"), seq: 3}}}, "hole 3 9", []uint64{1, 4}},
		{"of another partition", 0, 5, 2, [][]delivery{{{"spectap.t.flows.x.a.1", block(3, 0).header, "x", 3, 1}, block(5, 0)}}, "hole 3 5 9", []uint64{1}},
		{"parts", 0, 5, 2, [][]delivery{{blockPart(4, "1/2", 1), blockPart(5, "2/2", 0)}}, "5 9", []uint64{1}},
		{"from within a block", 4, 5, 1, [][]delivery{{blockPart(5, "3/3", 0)}, {blockPart(3, "1/3", 2), blockPart(4, "2/3", 1), blockPart(5, "3/3", 0)}}, "5 9", []uint64{5, 3}},
		{"from within the first block", 1, 2, 1, [][]delivery{{blockPart(2, "2/2", 0)}, {blockPart(1, "1/2", 1), blockPart(2, "2/2", 0)}}, "2 9", []uint64{2, 1}},
		{"the first part is gone", 4, 5, 1, [][]delivery{{blockPart(5, "3/3", 0)}, {blockPart(5, "3/3", 0)}}, "hole 5 9", []uint64{5, 3}},
		{"more parts than messages", 0, 2, 1, [][]delivery{{blockPart(2, "3/3", 0)}}, "hole 2 9", []uint64{1}},
		{"a part that is not the first message", 0, 5, 2, [][]delivery{{block(3, 1), blockPart(5, "2/2", 0)}}, "3 hole 5 9", []uint64{1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, "")
			f.answer(infoOf, streamInfo(fmt.Sprintf(`"messages":%d,"first_seq":1,"last_seq":%[1]d`, tt.last), ""))
			f.pending, f.pulls = tt.pending, tt.pulls
			if len(f.pulls) == 0 || len(tt.starts) > len(f.pulls) {
				f.pulls = append(f.pulls, nil)
			}
			f.pulls[len(f.pulls)-1] = append(f.pulls[len(f.pulls)-1], block(9, 0))
			l := f.open(Config{})
			if got := readTo(t, l, 9, tt.after); got != tt.want {
				t.Errorf("read %q, want %q", got, tt.want)
			}
			var starts []uint64
			for _, c := range f.consumers() {
				starts = append(starts, c.OptStartSeq)
				if c.DeliverPolicy != jetstream.DeliverByStartSequencePolicy {
					t.Errorf("a consumer that delivers by policy %v", c.DeliverPolicy)
				}
			}
			if !slices.Equal(starts, tt.starts) {
				t.Errorf("consumers begin at %d, want %d", starts, tt.starts)
			}
		})
	}
}

// readTo reads the entries after a position up to one, and then until the context ends, which must
// be the only error.
func readTo(t *testing.T, l *Log, last, after relay.Position) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []string
	for e, err := range l.Entries(ctx, -1, after) {
		switch {
		case errors.Is(err, context.Canceled) && ctx.Err() != nil:
			return strings.Join(got, " ")
		case err != nil:
			t.Fatalf("after %q: %v", got, err)
		case e.Source == "":
			got = append(got, fmt.Sprint("hole ", e.Position))
		case e.Source != "a.1" || relay.Position(e.Last) != e.Position:
			t.Errorf("read %v", &e)
		default:
			got = append(got, fmt.Sprint(e.Position))
		}
		if e.Position == last {
			cancel()
		}
	}
	t.Errorf("after %q: no error at the end of the context", got)
	return ""
}

// TestFilters checks which subjects a reader of a partition asks for.
func TestFilters(t *testing.T) {
	for partition, want := range map[int][]string{
		-1: {"spectap.t.flows.>"}, relay.OnlyDeletions: {"spectap.t.flows.deletions"},
		0: {"spectap.t.flows.deletions", "spectap.t.flows.0.>"}, 15: {"spectap.t.flows.deletions", "spectap.t.flows.15.>"},
	} {
		f := startFake(t, "")
		for e, err := range f.open(Config{}).Entries(t.Context(), partition, 4) { // ends with the hole up to 5
			if err != nil || e.Source != "" || e.Position != 5 {
				t.Errorf("partition %d: %v, %v", partition, &e, err)
			}
			break
		}
		c := f.consumers()
		if len(c) != 1 {
			t.Fatalf("partition %d: %d consumers", partition, len(c))
		}
		got := c[0].FilterSubjects
		if c[0].FilterSubject != "" {
			got = []string{c[0].FilterSubject}
		}
		if !slices.Equal(got, want) {
			t.Errorf("partition %d: %q, want %q", partition, got, want)
		}
	}
}

// TestEndOfReplicas asks the leader of a stream with replicas whether a node without further
// messages has all of it.
func TestEndOfReplicas(t *testing.T) {
	const state = `"messages":5,"first_seq":1,"last_seq":5`
	replicated := streamInfo(state, `,"cluster":{"leader":"a","replicas":[{"name":"b"}]}`)
	for _, tt := range []struct {
		name   string
		info   string
		first  uint64 // message that the leader has
		answer string
		want   string
		fails  string
		asks   int
	}{
		{"one node", streamInfo(state, ""), 5, "", "hole 5 9", "", 0},
		{"a cluster, but no replicas", streamInfo(state, `,"cluster":{"leader":"a"}`), 5, "", "hole 5 9", "", 0},
		{"the leader has no more", replicated, 2, "", "hole 5 9", "", 1},
		{"the leader has one more", replicated, 3, "", "9", "", 1},
		{"the leader has the last", replicated, 5, "", "9", "", 1},
		{"the leader has newer ones", replicated, 6, "", "hole 5 9", "", 1},
		{"the leader may not be asked", replicated, 0, denial, "hole 5 9", "", 1},
		{"the leader fails", replicated, 0, apiError(503, 10008, "no leader"), "", "read spectap.t.flows.> after 2: ", 1},
		{"no JSON", replicated, 0, "{", "", "read the answer of " + getOf + ": ", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := startFake(t, "")
			f.answer(infoOf, tt.info)
			f.answer(getOf, tt.answer)
			f.pulls = [][]delivery{{block(9, 0)}}
			if tt.first > 0 {
				f.seq = tt.first - 1
				f.store(blockSubject("a.1"), nil, "x")
			}
			var log bytes.Buffer
			l := f.open(Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if tt.fails != "" {
				n := 0
				for _, err := range l.Entries(t.Context(), -1, 2) {
					if n++; err == nil || !strings.Contains(err.Error(), tt.fails) {
						t.Errorf("%v, want %s", err, tt.fails)
					}
				}
				if n != 1 {
					t.Errorf("%d errors", n)
				}
			} else if got := readTo(t, l, 9, 2); got != tt.want {
				t.Errorf("read %q, want %q", got, tt.want)
			}
			if n := len(f.asked(getOf)); n != tt.asks {
				t.Errorf("the leader is asked %d times, want %d", n, tt.asks)
			}
			if warned := strings.Contains(log.String(), getOf); warned != (tt.answer == denial) {
				t.Errorf("logged: %s", log.String())
			}
		})
	}
}

// TestEndOfSubjects asks the leader for each of the subjects of a reader.
func TestEndOfSubjects(t *testing.T) {
	f := startFake(t, "")
	for _, subject := range []string{"3.a.1", "deletions", "4.b.1"} {
		f.store("spectap.t.flows."+subject, nil, "x")
	}
	l := f.open(Config{})
	const deletions, third, fourth, fifth = "spectap.t.flows.deletions", "spectap.t.flows.3.>", "spectap.t.flows.4.>", "spectap.t.flows.5.>"
	for _, tt := range []struct {
		filter []string
		after  uint64
		end    bool
	}{
		{[]string{deletions, third}, 0, false}, {[]string{third, deletions}, 0, false},
		{[]string{deletions, third}, 1, false}, {[]string{third, deletions}, 1, false},
		{[]string{deletions, third}, 2, true}, {[]string{deletions, fourth}, 2, false}, {[]string{fifth, fourth}, 2, false},
		{[]string{deletions, fourth}, 3, true}, {[]string{deletions, fifth}, 2, true},
	} {
		got, err := l.isEnd(t.Context(), end{"SPECTAP_t", tt.filter, 3, true}, tt.after)
		if err != nil || got != tt.end {
			t.Errorf("%q after %d: %t, %v", tt.filter, tt.after, got, err)
		}
	}
}
