package schema

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/internal/test/must"
)

// FuzzAddJSON checks that no body panics, that valid JSON is accepted and valid under its schema,
// and that every prefix of it can be added as a truncated body.
func FuzzAddJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,null,{"b":"c"}],"type":"x"}`, `[]`, `"x"`, `{"a":{"a":{}}}`,
		`[1,[2,[3]]]`, `{"\u0061":"\ud800","a":1}`, `{"a":1e400}`, `{"2024-01-02":{},"a@b.c":1}`, `-0`, `{`,
		`{"a"`, `[{"a":`} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, body []byte, cut int) {
		var facts Facts
		c := &counter{}
		err := facts.AddJSON(body, true, c)
		if json.Valid(body) && err != nil {
			t.Fatalf("valid JSON rejected: %v", err)
		}
		if err == nil {
			facts.AddJSON(body, true, c)
			facts.Settle()
			if c.reported != c.counted {
				t.Fatalf("%q: %d values reported, %d counted", body, c.reported, c.counted)
			}
			d := Decide([]Body{{Key: "k", Facts: &facts}}, Policy{})
			if json.Valid(body) { // encoding/json has a lower limit on depth
				if why := invalid(d, d.Schemas[0], body); why != "" {
					t.Fatalf("%q: %s\n%s", body, why, render(d))
				}
			}
		}
		if cut >= 0 && cut < len(body) && err == nil {
			must.Do(t, facts.AddJSON(body[:cut], false, nil))
			Decide([]Body{{Key: "k", Facts: &facts}}, Policy{})
		}
		var again Facts
		b := encode(t, &facts)
		if err := again.UnmarshalBinary(b); err != nil || !bytes.Equal(b, encode(t, &again)) {
			t.Fatalf("encoding is not its own inverse: %v", err)
		}
	})
}

// counter is an observer that counts all values it receives.
type counter struct {
	reported int // values reported one by one
	counted  int // values counted by Position.Count
}

type countedPosition struct {
	c    *counter
	last uint64
}

func (p *countedPosition) Count(n int) { p.c.counted += n }

func (c *counter) Position(field, owner string, item bool) Position { return &countedPosition{c: c} }

func (c *counter) Hides(string, string, bool, []byte) bool { return false }

func (c *counter) Scalar(position Position, kind Kind, text []byte, hash uint64) RepeatReport {
	if hash != bottomk.Hash(text) {
		panic("not the hash of the text")
	}
	c.reported++
	c.counted++
	position.(*countedPosition).last = hash
	return []RepeatReport{ReportScalar, ReportCounted, ReportCounted}[hash%3]
}

func (c *counter) Repeat(position *Position, how RepeatReport, kind Kind, text []byte, hash uint64) {
	if hash != bottomk.Hash(text) || hash != (*position).(*countedPosition).last || how != ReportCounted {
		panic("not the same again")
	}
	if c.reported++; c.reported%5 == 0 {
		(*position).Count(-1)
		c.reported--
		c.Scalar(*position, kind, text, hash)
	}
}

func (c *counter) Key(name string) {}

// FuzzUnmarshalBinary checks that invalid data never panics, and that accepted data can be used.
func FuzzUnmarshalBinary(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,null,{"b":"c"}],"type":"x"}`,
		`[{"type":"a"},{"type":"b","2024-01-02":1}]`} {
		var facts Facts
		facts.AddJSON([]byte(s), true, nil)
		b, _ := facts.AppendBinary(nil)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var facts Facts
		if facts.UnmarshalBinary(data) != nil {
			return
		}
		other := facts.New()
		other.Merge(&facts)
		other.Merge(&facts)
		must.Do(t, other.AddJSON([]byte(`{"a":[{"type":"a","b":{"c":1}}],"type":"x"}`), true, nil))
		d := Decide([]Body{{Key: "a", Facts: &facts}, {Key: "b", Facts: other}}, Policy{})
		render(d)
		encode(t, other)
	})
}

// FuzzForm checks that no form panics.
func FuzzForm(f *testing.F) {
	f.Add("a[b][]", "1", "a[b][c]", "2")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		var facts Facts
		facts.AddForm([]Field{{Name: a, Value: b}, {Name: c, Value: d}, {Name: a, Value: d},
			{Name: a + "[" + c + "]", Value: b}}, &counter{})
		Decide([]Body{{Key: "k", Facts: &facts, Form: true, Role: Request}}, Policy{})
	})
}
