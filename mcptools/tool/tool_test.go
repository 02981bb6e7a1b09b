package tool

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var testParams = []Param{
	{Name: "flow_id", Kind: FlowID, Required: true, Doc: "a flow"},
	{Name: "limit", Kind: Integer, Min: 1, Max: 500, Default: 20},
	{Name: "query", Kind: String, MaxLength: 10},
	{Name: "format", Kind: String, Enum: []string{"json", "yaml"}, Default: "json"},
	{Name: "full", Kind: Boolean, Default: false},
	{Name: "ids", Kind: StringList},
}

// TestParseArgsNamesAll checks that one error has all wrong arguments, and what was meant.
func TestParseArgsNamesAll(t *testing.T) {
	_, err := ParseArgs(testParams, json.RawMessage(`{"limit":"5","flowId":3,"ful":true,"format":"xml"}`))
	var te *Error
	if !errors.As(err, &te) {
		t.Fatal(err)
	}
	message := "argument flow_id: is missing: a flow; argument limit: must be an integer, not a string; " +
		"argument format: must be one of json, yaml; argument flowId: is not an argument of this tool; " +
		"argument ful: is not an argument of this tool"
	const hint = "arguments: flow_id*, limit, query, format, full, ids; did you mean flow_id, full?"
	if te.Message != message || te.Hint != hint || te.Argument != "flow_id" {
		t.Errorf("got %q\n%q, argument %s", te.Message, te.Hint, te.Argument)
	}
	if _, err = ParseArgs(testParams, json.RawMessage(`{"flow_id":1,"ful":true}`)); !errors.As(err, &te) || te.Argument != "ful" ||
		te.Hint != "arguments: flow_id*, limit, query, format, full, ids; did you mean full?" {
		t.Errorf("got %q, %q, argument %s", te.Message, te.Hint, te.Argument)
	}
	if _, err = ParseArgs(testParams, json.RawMessage(`{"flow_id":1,"limit":"5"}`)); !errors.As(err, &te) || te.Hint != "" {
		t.Errorf("got %q, %q", te.Message, te.Hint)
	}
	var many strings.Builder
	for i := range 30 {
		fmt.Fprintf(&many, `,"x%02d":1`, i)
	}
	if _, err = ParseArgs(testParams, json.RawMessage(`{"flow_id":1`+many.String()+`}`)); !strings.HasSuffix(err.Error(), "; and 20 more") {
		t.Error(err)
	}
	ten := strings.SplitAfterN(many.String(), ",", 12)[:11]
	if _, err = ParseArgs(testParams, json.RawMessage(`{"flow_id":1`+strings.TrimSuffix(strings.Join(ten, ""), ",")+`}`)); !strings.HasSuffix(err.Error(), "; argument x09: is not an argument of this tool") {
		t.Error(err)
	}
}

func FuzzParseArgs(f *testing.F) {
	f.Add(`{"flow_id":17}`)
	f.Add(`{"flow_id":"1","limit":1e3,"ids":[[[]]]}`)
	f.Fuzz(func(t *testing.T, in string) {
		a, err := ParseArgs(testParams, json.RawMessage(in))
		var te *Error
		if err != nil && !errors.As(err, &te) {
			t.Fatalf("an error without a code: %v", err)
		}
		if err == nil && a.Flow("flow_id") == 0 {
			t.Fatal("a required argument is missing")
		}
	})
}

func TestCursor(t *testing.T) {
	if s, err := ReadCursor("", "search"); s != 0 || err != nil {
		t.Errorf("without a cursor: %d, %v", s, err)
	}
	c := NewCursor(42, "search", "a", "b")
	if s, err := ReadCursor(c, "search", "a", "b"); s != 42 || err != nil {
		t.Errorf("read back %d, %v", s, err)
	}
	for _, bad := range []struct {
		cursor string
		key    []string
	}{{c, []string{"search", "ab", ""}}, {c, []string{"summary", "a", "b"}}, {"x", []string{"search", "a", "b"}}, {strings.Repeat("A", 60), nil}} {
		t.Run(fmt.Sprint(bad.cursor, bad.key), func(t *testing.T) {
			_, err := ReadCursor(bad.cursor, bad.key...)
			var te *Error
			if !errors.As(err, &te) || te.Code != CodeBadCursor {
				t.Errorf("cursor %q for %q: %v, want %s", bad.cursor, bad.key, err, CodeBadCursor)
			}
		})
	}
}

func TestFenceCannotBeForged(t *testing.T) {
	first := fence("x")
	name := strings.TrimPrefix(strings.Split(first, "\n")[1], "<<<")
	second := fence(first)
	if strings.Count(second, name+">>>") != 1 || strings.HasSuffix(second, name+">>>") {
		t.Error("captured text closed the fence")
	}
}

// The pages of a list contain each element once.
func TestPageOf(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6}
	var got []int
	for offset, calls := 0, 0; ; calls++ {
		page, p := PageOf(all, offset, 3)
		got = append(got, page...)
		if p.Total != 7 || calls > 3 || len(page) > 3 {
			t.Fatalf("%+v after %d calls", p, calls)
		}
		if !p.Truncated {
			break
		}
		offset = p.NextOffset
	}
	if !slices.Equal(got, all) {
		t.Errorf("got %v", got)
	}
	if page, p := PageOf(all, 100, 3); len(page) != 0 || p.Truncated {
		t.Errorf("beyond the end there is %v, %+v", page, p)
	}
}
