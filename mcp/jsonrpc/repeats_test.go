package jsonrpc

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// largeAnswer is an answer as a server writes it, with space.
func largeAnswer(id, text string) string {
	return fmt.Sprintf("{ \"jsonrpc\": \"2.0\", \"result\": {\"tools\": [{\"name\": \"a\", \"description\": \"%s\"}]}, \"id\": %s }", text, id)
}

// TestRepeats parses answers that are equal but for their ids, and others beside, as Parse does.
func TestRepeats(t *testing.T) {
	long, other := strings.Repeat("x", minRepeat), strings.Repeat("x", minRepeat-1)+"y"
	var r Repeats
	parse := func(text string) *Message {
		t.Helper()
		m, err := r.Parse([]byte(text))
		want, wantErr := Parse([]byte(text))
		if !reflect.DeepEqual(m, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%.60s…%s is %+v, %v\nwant %+v, %v", text, text[len(text)-40:], m, err, want, wantErr)
		}
		return m
	}
	first := parse(largeAnswer(`"gateway-A-1"`, long))
	if r.last == nil {
		t.Fatal("the answer is not remembered")
	}
	first.Result[0] = '!' // what a caller does to its message changes no other
	if r.last.again([]byte(largeAnswer(`"gateway-A-2"`, long))) == nil {
		t.Error("the answer is parsed again")
	}
	again := parse(largeAnswer(`"gateway-A-10"`, long))
	again.Result[0] = '!'
	for _, id := range []string{`"gateway-A-11"`, `""`, `"a","id":"b"`, `"a\"b"`, `1`, `1,"id":2`, `null`, `"a" }, {"id":"b"`, `"gateway-A-12", "x":"y"`, `"é"`, "\"a\xff\""} {
		parse(largeAnswer(id, long))
		parse(largeAnswer(id, other))
	}
	parse(largeAnswer(`"gateway-A-13"`, long[1:]+`\"gateway-A-13\"`)) // the id is in the text too
	parse(largeAnswer(`"gateway-A-14"`, long[1:]+`\"gateway-A-13\"`))
	for _, text := range []string{`"gateway-A-15"`, `"gateway-A-16"`} { // the id is a value too
		parse(`{"jsonrpc":"2.0","result":{"a":` + text + `,"b":"` + long + `"},"id":"gateway-A-15"}`)
	}
	const short = `{"jsonrpc":"2.0","id":"gateway-A-1","result":{}}`
	parse(short + strings.Repeat(" ", minRepeat))
	before := r.last
	parse(largeAnswer(`"client"`, long))
	if parse(strings.Replace(largeAnswer(`"gateway-B-1"`, long), `"result": `, `"method": "x", "params": `, 1)); r.last != before {
		t.Error("something else than an answer to the gateway is remembered")
	}
}

// FuzzRepeats changes answers. The cache never changes the result.
func FuzzRepeats(f *testing.F) {
	f.Add(`"gateway-A-1"`, `"gateway-A-2"`, " ")
	f.Add(`"gateway-A-1"`, `"a","id":"b"`, `\"gateway-A-1\"`)
	f.Fuzz(func(t *testing.T, one, two, text string) {
		var r Repeats
		for _, id := range []string{one, two, one} {
			data := []byte(largeAnswer(id, strings.Repeat("x", minRepeat)+text))
			m, err := r.Parse(data)
			want, wantErr := Parse(data)
			if !reflect.DeepEqual(m, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("%s: %+v, %v, want %+v, %v", id, m, err, want, wantErr)
			}
		}
	})
}
