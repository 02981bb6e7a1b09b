package wire

import (
	"context"
	"errors"
	"strings"
	"testing"
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
	Kind struct{} // as kind, in TypeScript
)

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
