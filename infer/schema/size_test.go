package schema

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// encodedSize returns the encoded size of facts, which is close to their size in memory.
func encodedSize(t *testing.T, f *Facts) int {
	b := encode(t, f)
	return len(b)
}

// TestWideBody checks that a body with very many names has small facts, for names of any form.
func TestWideBody(t *testing.T) {
	n := 200_000
	if testing.Short() {
		n = 50_000
	}
	for name, key := range map[string]string{"words": "key%cx%d", "ids": "%c%08d", "mail": "%cuser%d@example.com"} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			b.WriteByte('{')
			for i := range n {
				if i > 0 {
					b.WriteByte(',')
				}
				fmt.Fprintf(&b, `"`+key+`":{"a":%d,"b":"v%d"}`, 'a'+i%26, i, i, i)
			}
			b.WriteByte('}')
			var f Facts
			must.Do(t, f.AddJSON([]byte(b.String()), true, nil))
			if got := encodedSize(t, &f); got > 20_000 {
				t.Errorf("facts of %d names weigh %d bytes", n, got)
			}
			d := Decide([]Body{{Key: "k", Facts: &f}}, Policy{})
			if s := d.Schemas[0]; s.Additional == nil || len(s.Properties) > 0 {
				t.Errorf("no map: %s", outlineSchema(s))
			}
		})
	}
}

// TestManyBodies checks that twenty thousand bodies with different ids have facts as small as a
// few have.
func TestManyBodies(t *testing.T) {
	var f Facts
	for i := range 5_000 {
		body := fmt.Sprintf(`{"id":%d,"uuid":"6ba7b810-9dad-11d1-80b4-%012d","name":"n%d","by":{"%024x":{"n":%d}},"type":"t%s"}`, i, i, i, i, i, strings.Repeat("x", i%40))
		must.Do(t, f.AddJSON([]byte(body), true, nil))
	}
	if got := encodedSize(t, &f); got > 60_000 { // there are some twenty tags
		t.Errorf("facts weigh %d bytes", got)
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 100<<20 {
		t.Errorf("heap of %d MB", m.HeapAlloc>>20)
	}
}

// TestManyValues checks that of a body with more values than a reader keeps the first leave facts,
// as those of a truncated body, in bounded memory.
func TestManyValues(t *testing.T) {
	item := `{"id":1,"name":"x"},`
	body := []byte(`{"items":[` + strings.Repeat(item, 1<<20) + `{}],"total":1}`)
	var f Facts
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	must.Do(t, f.AddJSON(body, true, nil))
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 40 {
		t.Errorf("%d MiB for a body of %d MiB", got, len(body)>>20)
	}
	d := render(Decide([]Body{{Key: "k", Facts: &f}}, Policy{}))
	if !strings.Contains(d, "name") || strings.Contains(d, "total") {
		t.Errorf("not the schema of a truncated body: %s", d)
	}
	if err := f.AddJSON([]byte(`{"items":[],"total":1}`), true, nil); err != nil || f.Partial() != 1 {
		t.Errorf("%d bodies were read in part, %v; want 1", f.Partial(), err)
	}
	var decoded Facts
	data, _ := f.AppendBinary(nil)
	must.Do(t, decoded.UnmarshalBinary(data))
	if decoded.Merge(&f); decoded.Partial() != 2 || (*Facts)(nil).Partial() != 0 {
		t.Errorf("after decoding and merging %d bodies were read in part, want 2", decoded.Partial())
	}
	if decoded.UnmarshalBinary(append(data[:len(data)-1], 0)) == nil {
		t.Error("a counter of 0 is a second encoding of the same facts")
	}
}

// TestDeepBody checks that facts stop at maxDepth.
func TestDeepBody(t *testing.T) {
	var f Facts
	deep := strings.Repeat(`{"a":[`, 4000) + strings.Repeat(`]}`, 4000)
	must.Do(t, f.AddJSON([]byte(deep), true, nil))
	if got := encodedSize(t, &f); got > 5_000 {
		t.Errorf("facts weigh %d bytes", got)
	}
	d := Decide([]Body{{Key: "k", Facts: &f}}, Policy{})
	if why := invalid(d, d.Schemas[0], []byte(deep)); why != "" {
		t.Error(why)
	}
}

// TestNoValueIsKept checks that secrets and personal data do not occur in encoded facts.
func TestNoValueIsKept(t *testing.T) {
	planted := []string{"hunter2", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "ann.lee@example.com", "annlee",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "4111111111111111",
		"AKIAIOSFODNN7EXAMPLE", "078-05-1120", "Ann Lee", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"}
	names := []string{"password", "api_key", "email", "login", "token", "card_number", "userName", "ssn",
		"full_name", "authToken", "status", "type", "note", "x"}
	var f Facts
	for _, v := range planted {
		for _, n := range names {
			if (n == "status" || n == "type" || n == "note" || n == "x") && (v == "hunter2" || v == "annlee") {
				continue // an ordinary word under an ordinary name
			}
			body := fmt.Sprintf(`{%q:%q,"list":[{%q:[%q]}],%q:1,"m":{%q:{"a":1}}}`, n, v, n, v, v+"0123456789", v)
			if v == "hunter2" || v == "annlee" || v == "Ann Lee" || len(v) < 16 && !strings.Contains(v, "@") {
				body = fmt.Sprintf(`{%q:%q,"list":[{%q:[%q]}]}`, n, v, n, v)
			}
			must.Do(t, f.AddJSON([]byte(body), true, nil))
			f.AddForm([]Field{{Name: n, Value: v}}, nil)
		}
	}
	b := string(encode(t, &f))
	for _, v := range planted {
		if strings.Contains(b, v) {
			t.Errorf("facts hold %q", v)
		}
	}
}
