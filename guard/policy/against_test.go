package policy

import (
	"fmt"
	"testing"
)

func TestAgainst(t *testing.T) {
	p := mustLoad(t, `
version: 1
hide: [drop, gone]
tools:
  pay:
    require: [{path: args.amount, op: lt, value: 5}, {any: [{path: args.amunt, op: eq, value: 1}, {not: {path: args.to, op: eq, value: x}}]}]
    limits: [{counter: c, window: day, max: 1, increment_from: args.sum}]
  "read_*": {require: [{path: args.path, op: exists}], rate_limit: 5/minute}
  serch: {}
`)
	problems, unnamed := p.Against(Offer{Tools: map[string][]string{
		"pay": {"amount", "to"}, "read_a": {"path"}, "read_b": {}, "drop": {}, "other": nil, "search": {},
	}})
	var got []string
	for _, x := range problems {
		got = append(got, x.Pointer+": "+x.Message)
	}
	want := []string{
		`/hide/1: the server has no tool "gone"`, `/tools/pay/limits/0: pay takes no argument "sum": it has amount, to`,
		`/tools/pay/require/1: pay takes no argument "amunt": it has amount, to`, `/tools/serch: the server has no tool "serch"`,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprint(unnamed) != "[other search]" {
		t.Errorf("got %q, unnamed %q", got, unnamed)
	}
}
