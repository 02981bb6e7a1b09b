package jsonschema

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// recursive is a schema of three kinds of nodes that share their fields.
const recursive = `{"$defs":{"n":{"anyOf":[
	{"type":"object","properties":{"c":{"$ref":"#/$defs/n"},"a":{"type":"string"}}},
	{"type":"object","properties":{"c":{"$ref":"#/$defs/n"},"b":{"type":"string"}}},
	{"type":"object","properties":{"c":{"$ref":"#/$defs/n"},"d":{"type":"string"}}}]}},"$ref":"#/$defs/n"}`

// nested returns a value of depth levels with a leaf that matches no kind.
func nested(depth int) string {
	return strings.Repeat(`{"c":`, depth) + `17` + strings.Repeat(`}`, depth)
}

// doubling returns a schema whose definitions each refer to the next one twice, at the same value.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/$defs/s0","$defs":{`)
	for i := range n {
		fmt.Fprintf(&b, `"s%d":{"anyOf":[{"$ref":"#/$defs/s%d"},{"allOf":[{"$ref":"#/$defs/s%d"}]}]},`, i, i+1, i+1)
	}
	fmt.Fprintf(&b, `"s%d":{"type":"string"}}}`, n)
	return b.String()
}

// TestValidateBounds holds that no validation takes long or much memory, for any schema and value,
// with a hundredth of the usual steps. Each row took over a second or over 200 MB with the
// library's own validator, some with ten times the values.
func TestValidateBounds(t *testing.T) {
	for _, x := range []struct {
		name, schema, value string
		isTooMuch           bool
	}{
		{"kinds 12 deep", recursive, nested(12), false},
		{"lists that are one of three", `{"$defs":{"b":{"oneOf":[{"items":{"$ref":"#/$defs/b"},"type":"array"},{"items":{"$ref":"#/$defs/b"},"type":"array"},
			{"maxItems":3,"items":{"$ref":"#/$defs/b"},"type":"array"}]}},"$ref":"#/$defs/b"}`, strings.Repeat("[", 60) + "1" + strings.Repeat("]", 60), false},
		{"unique objects", `{"uniqueItems":true}`, "[" + strings.TrimSuffix(strings.Repeat(`{"a":[1,2,3,{"b":1}]},`, 4_000), ",") + "]", false},
		{"causes", `{"items":{"required":["a","b","c","d","e","f","g","h"]}}`, "[" + strings.TrimSuffix(strings.Repeat("{},", 10_000), ",") + "]", false},
		{"kinds 400 deep", recursive, nested(400), false},
		{"references that double", doubling(40), `1`, false},
		{"not over kinds", `{"not":{"not":{"$ref":"#/$defs/n"}},` + recursive[1:strings.LastIndex(recursive, ",")] + `}`, nested(14), false},
		{"one kind 500 deep", `{"$defs":{"n":{"additionalProperties":{"$ref":"#/$defs/n"},"type":"object"}},"$ref":"#/$defs/n"}`,
			nested(500), false},
		{"unevaluated names", `{"allOf":[` + strings.Repeat(`{"required":["x"]},`, 300) + `{"required":["y"]}],"unevaluatedProperties":false}`,
			names("n", 2_000), false},
		{"pattern of every item", `{"items":{"not":{"pattern":"^(?=a)(a+)+$"}}}`,
			items(`"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!%d"`, 300), true},
		{"wrong enum of every item", `{"items":{"enum":[` + numbers(2_000) + `]}}`,
			items("-%d.5", 2_000), false},
		{"enum of every item", `{"items":{"not":{"enum":[` + numbers(2_000) + `]}}}`, items("-%d.5", 2_000), true},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := must.Get(Compile(parse(t, x.schema)))
			v := parse(t, x.value)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			start := time.Now()
			err := s.ValidateWithin(ctx, NewMeter(DefaultSteps/100), v)
			problems, violations := Problems(err), Violations(err, nil)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err == nil || errors.Is(err, ErrTooMuch) != x.isTooMuch || len(problems) == 0 || len(violations) == 0 {
				t.Errorf("got %v: %v, %v", err, problems, violations)
			}
			if took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<26 {
				t.Errorf("allocated %d MB", n>>20)
			}
			t.Logf("%v, %d MB: %v %v", took, (after.TotalAlloc-before.TotalAlloc)>>20, err, problems)
		})
	}
}

func names(name string, n int) string {
	var b strings.Builder
	b.WriteString(`{"x":1`)
	for i := range n {
		fmt.Fprintf(&b, `,"%s%d":1`, name, i)
	}
	return b.String() + "}"
}

// items returns an array of n values of a format with one number.
func items(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ","+format, i+1)
	}
	return "[" + b.String()[1:] + "]"
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.String() + "0.5"
}

// TestValidateEndsWithContext holds that a validation under way ends with its caller.
func TestValidateEndsWithContext(t *testing.T) {
	s, err := Compile(parse(t, `{"items":{"not":{"pattern":"^(?=a)(a+)+$"}}}`))
	must.Do(t, err)
	v := parse(t, items(`"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!%d"`, 5000))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = s.Matches(ctx, NewMeter(1<<60), v)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
}

// TestMeter holds that validations with one meter share its steps, and that the answer says so.
func TestMeter(t *testing.T) {
	s := must.Get(Compile(parse(t, `{"items":{"type":"integer"}}`)))
	v, m := parse(t, `[1,2,3,4,5,6,7,8]`), NewMeter(30)
	for i := range 4 {
		ok, err := s.Matches(t.Context(), m, v)
		if want := i < 3; ok != want || errors.Is(err, ErrTooMuch) == want {
			t.Errorf("validation %d: %v, %v", i, ok, err)
		}
	}
	if usual := NewMeter(0); usual.most != DefaultSteps {
		t.Errorf("the usual budget is %d steps", usual.most)
	}
	err := s.ValidateWithin(t.Context(), m, v)
	if got := Problems(err); len(got) != 1 || !strings.Contains(got[0].Reason, "30 steps") {
		t.Errorf("got %v", got)
	}
}

// TestLargeExplanation holds that a mismatch too large for the library is explained in part, at the
// places that the library names.
func TestLargeExplanation(t *testing.T) {
	s := must.Get(Compile(parse(t, `{"properties":{"a":{"items":{"properties":{"b":{"type":"integer"}}}}}}`)))
	err := s.Validate(t.Context(), parse(t, `{"a":[{"b":1},`+strings.Repeat(`{"b":"x"},`, 30_000)+`{}]}`))
	if got := Problems(err); len(got) != maxProblems || got[0] != (Problem{Field: "a[10].b", Reason: "must be an integer, not a string"}) {
		t.Errorf("got %v", got)
	}
	want := Violation{"/a/0/b", "want integer, got string"}
	if got := Violations(err, map[string]bool{"a": true, "b": true}); len(got) != 1 || got[0] != want {
		t.Errorf("got %v", got)
	}
}
