package call

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// stream is a response of tRPC as lines of JSON, which httpBatchStreamLink asks for (jsonl.ts of
// @trpc/server). The first line has a value for each call. Each other line has the result of a
// promise: [its number, 0, value]. A value is a list. Its first element is a list with the value
// itself, or an empty list. The others are [member, or null for the value itself; 0; number] for
// each promise within it.
type stream struct {
	values  map[int]jsontext.Value
	left    int  // how many values may still be put together
	wrapped bool // a transformer of values has put each line into the member "json"
}

// streamed returns the n answers of a stream, by position, and whether data is one.
func streamed(data []byte, n int) (answers []jsontext.Value, ok bool) {
	s := stream{values: map[int]jsontext.Value{}, left: maxBatch}
	head, rest, _ := bytes.Cut(data, []byte("\n"))
	first, ok := byPosition(string(s.line(head)), n)
	if !ok || len(first) != n {
		return nil, false
	}
	for line := range bytes.Lines(rest) {
		parts := listOf(s.line(line))
		if len(parts) != 3 || string(parts[1]) != "0" || len(s.values) == maxBatch {
			continue // white space that keeps the connection open, one of several values, or an error
		}
		if i, err := strconv.Atoi(string(parts[0])); err == nil {
			s.values[i] = parts[2]
		}
	}
	for i := range n {
		answers = append(answers, s.value(first[i], 0))
	}
	return answers, true
}

// line returns what a line holds without the wrapping of a transformer.
func (s *stream) line(text []byte) jsontext.Value {
	content := jsontext.Value(text)
	eachMember(text, func(name string, v jsontext.Value) bool {
		if name == "json" {
			content, s.wrapped = v.Clone(), true
		}
		return true
	})
	return content
}

// value returns a value with what was awaited, nil if it never came. Where a transformer is used, a
// call that is sent alone has its data and its error in the member "json"; so do they here.
func (s *stream) value(encoded jsontext.Value, depth int) jsontext.Value {
	parts := listOf(encoded)
	if s.left--; s.left < 0 || len(parts) == 0 {
		return nil
	}
	awaited := map[string]jsontext.Value{}
	for _, p := range parts[1:] {
		part := listOf(p)
		if len(part) != 3 {
			return nil
		}
		i, _ := strconv.Atoi(string(part[2]))
		if string(part[0]) == "null" {
			return s.value(s.values[i], depth)
		}
		awaited[string(part[0])] = s.values[i]
	}
	value := listOf(parts[0])
	if len(value) == 0 {
		return jsontext.Value("null")
	}
	if len(awaited) == 0 && depth > 1 {
		return value[0]
	}
	out := []byte{'{'}
	isObject := eachMember(value[0], func(name string, v jsontext.Value) bool {
		key, _ := jsontext.AppendQuote(nil, name)
		if later, ok := awaited[string(key)]; ok {
			if v = s.value(later, depth+1); v == nil {
				return true
			}
		}
		if s.wrapped && (depth == 0 && name == "error" || depth == 1 && name == "data") {
			v = jsontext.Value(`{"json":` + string(v) + `}`)
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, key...), ':'), v...)
		return true
	})
	if !isObject {
		return value[0]
	}
	return append(out, '}')
}

// listOf returns the elements of a JSON list, nil for any other text.
func listOf(data []byte) (list []jsontext.Value) {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '[' {
		return nil
	}
	for d.PeekKind() != ']' {
		v, err := d.ReadValue()
		if err != nil {
			return nil
		}
		list = append(list, v.Clone())
	}
	return list
}
