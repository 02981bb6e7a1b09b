package tool

import (
	"encoding/json"
	"errors"
	"fmt"
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

func TestFenceCannotBeForged(t *testing.T) {
	first := fence("x")
	name := strings.TrimPrefix(strings.Split(first, "\n")[1], "<<<")
	second := fence(first)
	if strings.Count(second, name+">>>") != 1 || strings.HasSuffix(second, name+">>>") {
		t.Error("captured text closed the fence")
	}
}
