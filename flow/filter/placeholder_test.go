package filter

import (
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

func TestInPlaceholder(t *testing.T) {
	for text, want := range map[string]bool{
		"redacted": true, "DACTED:jwt:3F": true, "secret": true, "key:00": true, "3f9a1c07be": true, "ab": true, "": true,
		"redacted:card:3f9a1c07be": true, "red": true, "token:a": true,
		"order": false, "mike": false, "3f9a1c07be0": false, "tokens": false, "redacted:x": false, "id:xyz": false, "email@": false,
	} {
		if inPlaceholder(text) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

// A word whose letters all occur in placeholders, but which is in none, is decided before redaction.
func TestJudgeWordOfPlaceholderLetters(t *testing.T) {
	where, err := Parse("body:order", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	body := func(text string) *flow.Flow {
		return &flow.Flow{Response: &flow.Response{
			Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body:   flow.Body{Data: []byte(text), Size: int64(len(text))},
		}}
	}
	if v := where.Judge(body(`{"a":"`+strings.Repeat("chair ", 9)+`"}`), View{Redacted: true}); v != No {
		t.Errorf("verdict %v, want No", v)
	}
	if v := where.Judge(body(`{"a":"an order"}`), View{Redacted: true}); v != Maybe {
		t.Errorf("verdict %v, want Maybe", v)
	}
}
