package metrics

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/internal/test/must"
)

// scrape reads a page as Prometheus does.
func scrape(t *testing.T, p *Page) map[string]*dto.MetricFamily {
	t.Helper()
	var b bytes.Buffer
	must.Get(p.WriteTo(&b))
	parser := expfmt.NewTextParser(model.LegacyValidation)
	return must.Get(parser.TextToMetricFamilies(&b))
}

// labels returns the labels of a sample as text.
func labels(m *dto.Metric) string {
	var parts []string
	for _, l := range m.GetLabel() {
		parts = append(parts, l.GetName()+"="+l.GetValue())
	}
	return strings.Join(parts, " ")
}

// TestPage parses a page with arbitrary texts and numbers and compares the values.
func TestPage(t *testing.T) {
	values := []string{"", `a"b\c`, "two\nlines", "\\n", "é😀", "a\xffb", "}", "\r\t\x1b[31m", `"} 1` + "\nforged 1"}
	numbers := []float64{0, 1, -1.5, 1e300, math.Inf(1), math.Inf(-1), math.NaN(), 0.1, 1 << 60}
	p := new(Page)
	p.Family("a", Gauge, "A help with \\ and\ntwo lines.")
	for i, v := range values {
		p.Sample(numbers[i], "x", v, "n", fmt.Sprint(i))
	}
	p.Family("b_total", Counter, "")
	p.Sample(3)
	p.Bool(true, "is", "true")
	all := scrape(t, p)
	if len(all) != 2 || all["a"].GetHelp() != "A help with \\ and\ntwo lines." || all["b_total"].GetType() != dto.MetricType_COUNTER {
		t.Fatalf("the families are %v", all)
	}
	if got := all["b_total"].GetMetric(); len(got) != 2 || got[0].GetCounter().GetValue() != 3 || got[1].GetCounter().GetValue() != 1 {
		t.Errorf("b_total is %v", got)
	}
	for i, m := range all["a"].GetMetric() {
		want := fmt.Sprintf("x=%s n=%d", strings.ToValidUTF8(values[i], "\uFFFD"), i)
		if got := m.GetGauge().GetValue(); labels(m) != want || got != numbers[i] && !(math.IsNaN(got) && math.IsNaN(numbers[i])) {
			t.Errorf("sample %d is %q %v, want %q %v", i, labels(m), got, want, numbers[i])
		}
	}
}

// TestCalls counts decisions, outcomes and times, and keeps the bound on series.
func TestCalls(t *testing.T) {
	c := NewCalls()
	files := c.Server("files")
	one := func(e enforce.Event) { files(e, nil) }
	one(enforce.Event{Direction: enforce.ToServer, Method: "tools/call", Entry: "read_*", Decision: enforce.EventAllow})
	one(enforce.Event{Direction: enforce.ToServer, Method: "tools/call", Decision: enforce.EventDeny})
	one(enforce.Event{Direction: enforce.ToServer, Method: "x/secret", Decision: enforce.EventDeny})
	one(enforce.Event{Direction: enforce.ToServer, Decision: enforce.EventMalformed})
	for _, ms := range []int{1, 3, 400_000} {
		one(enforce.Event{
			Direction: enforce.ToServer, Method: "tools/call", Entry: "read_*", Outcome: enforce.Answered, Timed: true,
			Upstream: time.Duration(ms) * time.Millisecond, Added: 100 * time.Microsecond,
		})
	}
	one(enforce.Event{Direction: enforce.ToServer, Method: "tools/call", Entry: "read_*", Outcome: enforce.Lost})
	p := new(Page)
	c.Write(p)
	all := scrape(t, p)
	var got []string
	for _, m := range all["spectap_gateway_decisions_total"].GetMetric() {
		got = append(got, fmt.Sprint(labels(m), " ", m.GetCounter().GetValue()))
	}
	want := "server=files direction=upstream method=(other) entry=(other) decision=deny 1\n" +
		"server=files direction=upstream method=tools/call entry=(other) decision=deny 1\n" +
		"server=files direction=upstream method=tools/call entry=read_* decision=allow 1"
	if strings.Join(got, "\n") != want {
		t.Errorf("decisions:\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if n := all["spectap_gateway_outcomes_total"].GetMetric(); len(n) != 2 {
		t.Errorf("outcomes: %v", n)
	}
	if n := all["spectap_gateway_malformed_total"].GetMetric(); len(n) != 1 || n[0].GetCounter().GetValue() != 1 {
		t.Errorf("malformed: %v", n)
	}
	h := all["spectap_gateway_upstream_seconds"].GetMetric()[0].GetHistogram()
	if h.GetSampleCount() != 3 || h.GetSampleSum() != 400.004 || len(h.GetBucket()) != len(upstreamBounds)+1 {
		t.Errorf("the histogram is %v", h)
	}
	for _, b := range h.GetBucket() {
		want := uint64(2)
		switch {
		case b.GetUpperBound() < 0.005 && b.GetUpperBound() >= 0.001:
			want = 1
			if b.GetUpperBound() >= 0.003 {
				want = 2
			}
		case math.IsInf(b.GetUpperBound(), 1):
			want = 3
		}
		if b.GetCumulativeCount() != want {
			t.Errorf("up to %v: %d, want %d", b.GetUpperBound(), b.GetCumulativeCount(), want)
		}
	}
	for i := range maxSeries + 10 {
		one(enforce.Event{Direction: enforce.ToServer, Method: "tools/call", Entry: fmt.Sprint("entry", i), Decision: enforce.EventAllow})
	}
	p = new(Page)
	c.Write(p)
	series, total := scrape(t, p)["spectap_gateway_decisions_total"].GetMetric(), 0.0
	for _, m := range series {
		total += m.GetCounter().GetValue()
	}
	if len(series) > maxSeries+1 || total != maxSeries+13 {
		t.Errorf("%d series with %v decisions", len(series), total)
	}
}
