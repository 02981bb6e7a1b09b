package audit

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// A record is written in the same bytes whichever way: in all combinations of members, of which
// some need escapes.
func TestPlain(t *testing.T) {
	texts := []string{"", "list_hosts", "/tools/a~1b/require/0", "<a & b>", `a "quoted" \ text`, "é", "\u202e", "a\nb", "\xff", "\x7f"}
	floats := []float64{0, 0.001, 12.345, 1e-6, 9e-7, 1e20, 1e21, math.Pi, -3}
	random := rand.New(rand.NewPCG(1, 2))
	written := 0
	for range 5000 {
		r := Record{Time: time.Unix(random.Int64N(1<<33), random.Int64N(3)*random.Int64N(1e9)).UTC()}
		few := texts[:4]
		if random.IntN(4) == 0 {
			few = texts
		}
		v := reflect.ValueOf(&r).Elem()
		for i := range v.NumField() {
			if random.IntN(2) == 0 {
				continue
			}
			switch f := v.Field(i); f.Interface().(type) {
			case string:
				f.SetString(few[random.IntN(len(few))])
			case uint64:
				f.SetUint(random.Uint64N(1000))
			case int:
				f.SetInt(random.Int64N(1000) - 10)
			case bool:
				f.SetBool(true)
			case float64:
				f.SetFloat(floats[random.IntN(len(floats))])
			case []string:
				f.Set(reflect.ValueOf([]string{few[1], few[random.IntN(len(few))]}[:random.IntN(3)]))
			}
		}
		want, err := escaped(&r)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := plain(&r)
		if ok {
			written++
		}
		if ok && string(got) != string(want) {
			t.Fatalf("%s\nwant %s", got, want)
		}
	}
	if written < 1000 {
		t.Errorf("%d records were plain", written)
	}
}

func BenchmarkEncode(b *testing.B) {
	r := Record{
		Seq: 12, Prev: "88a80546e10f6b6f2008088a80546e10f6b6f2008088a80546e10f6b6f20080", Time: time.Now().UTC(), Event: EventDecision,
		Session: "ABCDEF", Direction: "upstream", Method: "tools/call", Name: "list_hosts", Decision: "allow", Rule: "/tools/list_hosts",
		Digest: "88a80546e10f6b6f2008088a80546e10f6b6f2008088a80546e10f6b6f20080", Policy: "88a80546e10f",
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := encode(&r); err != nil {
			b.Fatal(err)
		}
	}
}
