package natslog

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/spectap/spectap/relay"
)

// Subjects of team t.
const (
	directOf = "$JS.API.DIRECT.GET."
	removeOf = "$JS.API.STREAM.MSG.DELETE.SPECTAP_t_state"
)

// blockSubject returns the subject of the blocks of a source.
func blockSubject(source string) string {
	return fmt.Sprintf("spectap.t.flows.%d.%s", relay.Partition(source), source)
}

// TestLostAnswers checks how a write ends whose acknowledgement does not come.
func TestLostAnswers(t *testing.T) {
	const key = "spectap.t.state.marks.a.1"
	for name, tt := range map[string]struct {
		subject string
		stored  string // meanwhile
		do      func(l *Log) (uint64, error)
		want    error
		seq     uint64
	}{
		"an append that was stored": {blockSubject("a.1"), "x", func(l *Log) (uint64, error) {
			at, err := l.Append(context.Background(), &relay.Entry{Source: "a.1", Last: 1}, 0)
			return uint64(at), err
		}, errUnknown, 0},
		"an append that was not": {blockSubject("a.1"), "x", func(l *Log) (uint64, error) {
			at, err := l.Append(context.Background(), &relay.Entry{Source: "a.1", Last: 1}, 1)
			return uint64(at), err
		}, errLost, 0},
		"a value that was stored": {key, "\x00v", func(l *Log) (uint64, error) {
			return l.Put(context.Background(), "marks/a.1", relay.Anything, []byte("v"))
		}, nil, 1},
		"a value of others": {key, "\x00w", func(l *Log) (uint64, error) {
			return l.Put(context.Background(), "marks/a.1", relay.Anything, []byte("v"))
		}, errLost, 0},
		"a value on a condition":             {key, "\x00w", func(l *Log) (uint64, error) { return l.Put(context.Background(), "marks/a.1", 0, []byte("v")) }, errUnknown, 0},
		"a value on a condition, not stored": {key, "\x00v", func(l *Log) (uint64, error) { return l.Put(context.Background(), "marks/a.1", 1, []byte("v")) }, errLost, 0},
		"a value where there is nothing, still": {key, "", func(l *Log) (uint64, error) {
			return l.Put(context.Background(), "marks/a.1", relay.Anything, []byte("v"))
		}, errLost, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, "")
			l := f.open(Config{})
			if tt.stored != "" {
				f.store(tt.subject, nil, tt.stored)
			}
			f.answer(tt.subject, silence)
			seq, err := tt.do(l)
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil || seq != tt.seq {
				t.Errorf("%d, %v, want %d, %v", seq, err, tt.seq, tt.want)
			}
			if looks := len(f.asked(directOf)); looks == 0 || tt.want == errLost && looks < 2 { // a slow answer is asked for again
				t.Errorf("looked %d times", looks)
			}
		})
	}
}
