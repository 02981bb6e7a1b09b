package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

type kind struct {
	Name   string            `json:"name"`
	Maybe  []int             `json:"maybe,omitempty"`
	Count  int64             `json:"count,omitzero"`
	At     time.Time         `json:"at"`
	Data   []byte            `json:"data"`
	Of     map[string]bool   `json:"of"`
	Parent *kind             `json:"parent"`
	Inner  struct2           `json:"inner"`
	Hidden string            `json:"-"`
	own    map[string]string // of no concern to the page
}

type struct2 struct {
	X float64 `json:"x"`
}

// TestTypes writes the types of calls and feeds, each once.
func TestTypes(t *testing.T) {
	_ = kind{own: nil}
	p := Panel{
		Name: "test",
		Calls: []Call{
			NewCall("get", func(context.Context, kind) (struct2, error) { return struct2{}, nil }),
			NewCall("save", func(context.Context, None) (*File, error) { return nil, nil }),
		},
		Feeds: []Feed{NewFeed("news", func(context.Context, struct2, string, func(string, kind) error) error { return nil })},
	}
	want := `export interface Struct2 {
  x: number;
}

export interface Kind {
  name: string;
  maybe?: number[];
  count?: number;
  at: string;
  data: string;
  of: Record<string, boolean>;
  parent?: Kind;
  inner: Struct2;
}

export interface None {
}

export const get = wire.call<Kind, Struct2>("test/get");
export const save = wire.file<None, wire.Saved>("test/save");
export const news = wire.feed<Struct2, Kind>("test.news");
`
	if got := TypeScript(p); !strings.HasSuffix(got, "import * as wire from \"../wire\";\n\n"+want) {
		t.Errorf("%s\nwant %s", got, want)
	}
}

type (
	noName struct{ X int }
	empty  struct { // which JSON never is
		X bool `json:"x,omitempty"`
	}
	lasting struct {
		X time.Duration `json:"x"`
	}
	anything struct {
		X any `json:"x"`
	}
	Kind struct{} // as kind, in TypeScript
)

// TestRefusedTypes refuses types that the page would read wrongly.
func TestRefusedTypes(t *testing.T) {
	of := func(in Call) Panel { return Panel{Name: "test", Calls: []Call{in}} }
	for want, p := range map[string]Panel{
		"wire.noName.X has no name in JSON": of(NewCall("a", func(context.Context, noName) (None, error) { return None{}, nil })),
		"wire.empty.X: omitempty omits no":  of(NewCall("a", func(context.Context, empty) (None, error) { return None{}, nil })),
		"a duration has no unit":            of(NewCall("a", func(context.Context, lasting) (None, error) { return None{}, nil })),
		"interface {} has no type":          of(NewCall("a", func(context.Context, anything) (None, error) { return None{}, nil })),
		"have the same name":                of(NewCall("a", func(context.Context, Kind) (kind, error) { return kind{}, nil })),
		"the structs of calls need names":   of(NewCall("a", func(context.Context, struct{}) (None, error) { return None{}, nil })),
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("%s, want %s", got, want)
				}
			}()
			TypeScript(p)
		}()
	}
}

// TestArguments says what is wrong with the argument of a call or a feed.
func TestArguments(t *testing.T) {
	c := NewCall("a", func(_ context.Context, in struct2) (struct2, error) { return in, nil })
	f := NewFeed("a", func(context.Context, struct2, string, func(string, struct2) error) error { return nil })
	for in, want := range map[string]string{
		`{"x":1.5}`: "", `{`: "the argument of the call is not valid: no JSON", `{"x":"a"}`: "the argument of the call is not valid: wrong value at /x",
		`{"y":1}`: "the argument of the call is not valid: wrong value at /y",
	} {
		got, err := c.Answer(t.Context(), []byte(in))
		feed := f.Run(t.Context(), []byte(in), "", nil)
		for _, err := range []error{err, feed} {
			var e *Error
			if (err == nil) != (want == "") || err != nil && (!errors.As(err, &e) || e.Message != want) {
				t.Errorf("%s: %v, want %s", in, err, want)
			}
		}
		if want == "" && got != any(struct2{1.5}) {
			t.Errorf("%s: %v", in, got)
		}
	}
}

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestEncode checks how results are written.
func TestEncode(t *testing.T) {
	for want, v := range map[string]any{
		`{"a":[],"b":{},"c":""}`:                      map[string]any{"c": "", "b": map[string]int(nil), "a": []string(nil)},
		`"\u003c/script\u003e\u0026"`:                 "</script>&",
		"\"a\ufffd\"":                                 "a\xff",
		`{"message":"m"}`:                             &Error{Message: "m"},
		`{"message":"m","column":2,"not_found":true}`: &Error{Message: "m", Column: 2, NotFound: true},
		`{"x":1.5}`:                                   struct2{1.5},
	} {
		var b strings.Builder
		if err := Encode(&b, v); err != nil || b.String() != want {
			t.Errorf("%s, want %s: %v", b.String(), want, err)
		}
	}
	if err := Encode(full{}, "a"); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("to a connection that takes nothing: %v", err)
	}
}

// TestFeedRuns checks what a feed gets and sends, and that it ends with the connection.
func TestFeedRuns(t *testing.T) {
	gone := errors.New("gone")
	f := NewFeed("a", func(_ context.Context, in struct2, last string, send func(string, struct2) error) error {
		for {
			if err := send(last+"i", in); err != nil {
				return err
			}
			last += "i"
		}
	})
	var sent []string
	err := f.Run(t.Context(), []byte(`{"x":1.5}`), "i", func(at string, e any) error {
		if sent = append(sent, fmt.Sprint(at, " ", e)); len(sent) == 2 {
			return gone
		}
		return nil
	})
	if err != gone || fmt.Sprint(sent) != "[ii {1.5} iii {1.5}]" {
		t.Errorf("sent %q, %v", sent, err)
	}
}

// TestSendChanges sends a state when it changes, until reading or sending fails.
func TestSendChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		states, sent := []int{1, 1, 2, 2, 2, 1}, []int{}
		began, i := time.Now(), 0
		err := SendChanges(t.Context(), time.Second, func() (int, error) {
			if i == len(states) {
				return 0, broken
			}
			i++
			return states[i-1], nil
		}, func(at string, s int) error {
			sent = append(sent, s)
			if at != "" {
				t.Errorf("sent at %s", at)
			}
			return nil
		})
		if !errors.Is(err, broken) || fmt.Sprint(sent) != "[1 2 1]" || time.Since(began) != 6*time.Second {
			t.Errorf("sent %v in %s, %v", sent, time.Since(began), err)
		}
		if err := SendChanges(t.Context(), time.Second, func() (int, error) { return 1, nil }, func(string, int) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := SendChanges(ctx, time.Second, func() (int, error) { return 1, nil }, func(string, int) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}
