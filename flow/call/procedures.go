package call

import (
	"bytes"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// maxProcedures bounds the procedures of a batch that is split.
const maxProcedures = 100

// Procedures splits a batch of tRPC into flows that each call one procedure, as if it had been sent
// alone. It returns nil for any other flow. The calls share the memory of f.
//
// tRPC's client sends GET or POST /trpc/post.list,user.me?batch=1 by default, for one procedure as
// well. Inputs are an object with the position of each call as its key, in the query or the body.
// The answer is a list, or lines of JSON (see [stream]) if the client asked for them. Any server
// accepts a call without a batch, at the path of its procedure. (https://trpc.io/docs/rpc)
func Procedures(f *flow.Flow) []flow.Flow {
	if f.Response == nil || !strings.Contains(f.Request.RawQuery, "batch=1") {
		return nil
	}
	cut := strings.LastIndexByte(f.Request.Path, '/') + 1
	names := strings.Split(strings.ReplaceAll(f.Request.Path[cut:], "%2C", ","), ",")
	if len(names) > maxProcedures || slices.ContainsFunc(names, func(s string) bool { return !IsPlainName(s) }) {
		return nil
	}
	query, input := withoutBatch(f.Request.RawQuery)
	if f.Request.Method == "POST" {
		input = string(bodyOf(&f.Request))
	}
	inputs, asked := byPosition(input, len(names))
	answers, answered := answersOf(f, len(names))
	if !asked && input != "" || len(inputs) == 0 && !answered {
		return nil // another API has a parameter of this name
	}
	calls := make([]flow.Flow, len(names))
	for i, name := range names {
		c := *f
		c.Request.Path, c.Request.RawQuery = f.Request.Path[:cut]+name, query
		if f.Request.Method == "POST" {
			c.Request.Header, c.Request.Body = messageOf(f.Request.Header, inputs[i])
		} else if len(inputs[i]) > 0 {
			c.Request.RawQuery = strings.TrimPrefix(query+"&input="+url.QueryEscape(string(inputs[i])), "&")
		}
		// A call that is sent alone is not answered in lines.
		c.Request.Header = slices.DeleteFunc(slices.Clone(c.Request.Header), func(l flow.Field) bool {
			return strings.EqualFold(l.Name, "trpc-accept")
		})
		r := *f.Response
		r.Header, r.Body = messageOf(r.Header, answers[i])
		r.Status = statusOf(answers[i], r.Status)
		c.Response = &r
		calls[i] = c
	}
	return calls
}

// Each yields the calls of a flow with their positions: those of [Procedures], or the flow itself.
func Each(f *flow.Flow) iter.Seq2[int, *flow.Flow] {
	return func(yield func(int, *flow.Flow) bool) {
		calls := Procedures(f)
		if calls == nil {
			yield(0, f)
		}
		for i := range calls {
			if !yield(i, &calls[i]) {
				return
			}
		}
	}
}

// PathOf returns the path of a flow with the fragment of its [Variant]; of a batch of procedures,
// the path of the first.
func PathOf(f *flow.Flow) string {
	if calls := Procedures(f); calls != nil {
		return calls[0].Request.Path
	}
	return f.Request.Path + VariantOf(f).Fragment()
}

// withoutBatch returns a query without the parameters of a batch, and the input of the calls.
func withoutBatch(query string) (rest, input string) {
	var kept []string
	for field := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "batch":
		case "input":
			input, _ = url.QueryUnescape(value)
		default:
			kept = append(kept, field)
		}
	}
	return strings.Join(kept, "&"), input
}

// byPosition returns the members of a JSON object whose names are positions below n, and whether
// the text is such an object.
func byPosition(text string, n int) (values map[int]jsontext.Value, ok bool) {
	values = map[int]jsontext.Value{}
	ok = eachMember([]byte(text), func(name string, value jsontext.Value) bool {
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= n || strconv.Itoa(i) != name {
			return false
		}
		values[i] = value.Clone()
		return true
	})
	return values, ok
}

// answersOf returns the answers to n calls, by position, and whether the response is one of tRPC:
// each answer has the member "result" or "error". One error may stand for all calls.
func answersOf(f *flow.Flow, n int) (answers []jsontext.Value, ok bool) {
	if answers = elements(f.Response.Header, f.Response.Body); answers == nil {
		answers = make([]jsontext.Value, n)
		data, complete, err := decode.Body(f.Response.Header, f.Response.Body, decode.DefaultMax)
		if err != nil || !complete || !decode.IsJSON(f.Response.Header.MediaType()) && f.Response.Header.MediaType() != "application/jsonl" {
			return answers, false
		}
		if lines, ok := streamed(data, n); ok {
			answers = lines
		} else if has(data, "error") {
			for i := range answers {
				answers[i] = data
			}
		}
	}
	isAnswer := func(a jsontext.Value) bool { return has(a, "result") || has(a, "error") }
	if len(answers) != n || slices.ContainsFunc(answers, func(a jsontext.Value) bool { return !isAnswer(a) }) {
		return make([]jsontext.Value, n), false
	}
	return answers, true
}

// has reports whether a value is an object with a member of this name.
func has(v jsontext.Value, name string) bool {
	found := false
	return eachMember(v, func(n string, _ jsontext.Value) bool {
		found = found || n == name
		return true
	}) && found
}

// statusOf returns the status that one call would have had, which its error holds. Otherwise it is
// the status of the batch, except 207 (several statuses) and that of a stream, which was sent with
// 200 before the results were known.
func statusOf(answer jsontext.Value, batch int) int {
	failed, status := false, 0
	var find func(name string, v jsontext.Value) bool
	find = func(name string, v jsontext.Value) bool {
		switch name {
		case "error":
			failed = true
			eachMember(v, find)
		case "json", "data": // a transformer of values wraps them as "json"
			if failed {
				eachMember(v, find)
			}
		case "httpStatus":
			status, _ = strconv.Atoi(string(v))
		}
		return true
	}
	eachMember(answer, find)
	switch {
	case failed && status >= 400 && status <= 599:
		return status
	case failed && batch < 400:
		return http.StatusInternalServerError
	case batch == http.StatusMultiStatus:
		return http.StatusOK
	}
	return batch
}

// eachMember calls f for the members of a JSON object in order, until it returns false. A value is
// valid until f returns. It reports whether the text is a complete object and f never returned
// false.
func eachMember(data []byte, f func(name string, value jsontext.Value) bool) bool {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return false
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return false
		}
		key := name.String()
		value, err := d.ReadValue()
		if err != nil || !f(key, value) {
			return false
		}
	}
	t, err := d.ReadToken()
	return err == nil && t.Kind() == '}'
}
