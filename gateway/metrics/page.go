package metrics

import (
	"io"
	"strconv"
	"strings"
)

// ContentType is the type of a page.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// The types of metrics.
const (
	Counter   = "counter"
	Gauge     = "gauge"
	Histogram = "histogram"
)

// Page is an answer to a scrape, in the text format 0.0.4 of Prometheus. The zero value is empty.
// It is not safe for concurrent use.
type Page struct {
	b    []byte
	name string // of the family
}

// Family begins a metric. Its samples must follow before the next Family. Each name may begin once
// on a page.
func (p *Page) Family(name, kind, help string) {
	p.name = name
	p.b = append(p.b, "# HELP "+name+" "+helpEscapes.Replace(help)+"\n# TYPE "+name+" "+kind+"\n"...)
}

// Sample adds a sample to the current metric. labels are names and values.
func (p *Page) Sample(value float64, labels ...string) { p.sample("", value, labels) }

// sample adds a sample whose name ends with suffix.
func (p *Page) sample(suffix string, value float64, labels []string) {
	p.b = append(append(p.b, p.name...), suffix...)
	for i := 0; i+1 < len(labels); i += 2 {
		before := byte(',')
		if i == 0 {
			before = '{'
		}
		p.b = append(append(p.b, before), labels[i]...)
		p.b = append(append(append(p.b, `="`...), valueEscapes.Replace(strings.ToValidUTF8(labels[i+1], "\uFFFD"))...), '"')
	}
	if len(labels) > 0 {
		p.b = append(p.b, '}')
	}
	p.b = append(append(append(p.b, ' '), number(value)...), '\n')
}

// Bool adds a sample that is 1 for true and 0 for false.
func (p *Page) Bool(value bool, labels ...string) {
	n := 0.0
	if value {
		n = 1
	}
	p.Sample(n, labels...)
}

// WriteTo writes the page.
func (p *Page) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(p.b)
	return int64(n), err
}

// The characters that the format escapes in help texts and in the values of labels.
var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	valueEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// number returns a value in the format's notation.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
