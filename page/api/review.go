package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/diff"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// Bounds of a review.
const (
	maxChanges = 1000
	maxCovered = 100_000 // newest flows that coverage counts
	reviewTime = 20 * time.Second
)

// Given is a document that a person gave to compare with.
type Given struct {
	// Path is shown. Read returns the text; it is called each time, since the file may change.
	Path string
	Read func(context.Context) ([]byte, error)
}

// LastExport returns the last exported document of a host and the time of the export. The error is
// [fs.ErrNotExist] if there was no export.
type LastExport func(host string) ([]byte, time.Time, error)

// ReviewQuery names a host, and the document that it is compared with.
type ReviewQuery struct {
	Host string `json:"host"`
	// Document is the text of a file that the person chose, and Name its name. Without one, the
	// document of the command line is used.
	Document string `json:"document,omitempty"`
	Name     string `json:"name,omitempty"`
}

// given returns the document that a query compares with, or nil.
func (p *panel) given(in ReviewQuery) *Given {
	if in.Document == "" {
		return p.Given
	}
	return &Given{Path: cmp.Or(in.Name, "the chosen file"), Read: func(context.Context) ([]byte, error) { return []byte(in.Document), nil }}
}

// Comparison lists the differences between a document and the inferred one.
type Comparison struct {
	// Name identifies the document; "" means that there is no document.
	Name    string   `json:"name"`
	Problem string   `json:"problem"` // why they cannot be compared, or ""
	Changes []Change `json:"changes"` // breaking first
	// Of lists the hosts of the servers of a given document if the displayed host is not one of
	// them.
	Of   []string `json:"of,omitempty"`
	More int      `json:"more"` // how many changes are missing here
}

// Change is one difference.
type Change struct {
	Level  string `json:"level"` // breaking, warning, info, missing
	Method string `json:"method"`
	Path   string `json:"path"`
	Text   string `json:"text"`
	Rule   string `json:"rule"` // the kind of change, such as request-parameter-removed
	// Shown means that the traffic has the part and the document does not.
	Shown bool `json:"shown,omitzero"`
}

// Changes holds the changes against the given document and those since the last export.
type Changes struct {
	Given Comparison `json:"given"`
	Since Comparison `json:"since"`
}

// changes compares the inferred document of a host.
func (p *panel) changes(ctx context.Context, in ReviewQuery) (Changes, error) {
	text, err := p.document(ctx, HostQuery{in.Host})
	if err != nil {
		return Changes{}, err
	}
	var out Changes
	out.Given.Changes, out.Since.Changes = []Change{}, []Change{}
	if g := p.given(in); g != nil {
		data, err := g.Read(ctx)
		out.Given = p.compared(ctx, g.Path, data, err, text.YAML)
		if doc, err := openapi.Load(data); err == nil {
			out.Given.Of = otherHosts(doc, in.Host)
		}
		for i := range out.Given.Changes {
			out.Given.Changes[i].compareWithTraffic(filepath.Base(g.Path))
		}
	}
	if p.LastExport != nil {
		data, at, err := p.LastExport(in.Host)
		if !errors.Is(err, fs.ErrNotExist) {
			out.Since = p.compared(ctx, "the export of "+at.Local().Format("2006-01-02 15:04"), data, err, text.YAML)
		}
	}
	return out, nil
}

// compared compares a document, or returns the reason why it cannot.
func (p *panel) compared(ctx context.Context, name string, data []byte, err error, inferred string) Comparison {
	out := Comparison{Name: name, Changes: []Change{}}
	var docs [2]*openapi3.T // copies, since a comparison changes them
	if err == nil {
		docs[0], err = openapi.Load(data)
		err = lint.Explain(ctx, data, nil, err)
	}
	if err == nil {
		docs[1], err = openapi.Load([]byte(inferred))
	}
	var changes []diff.Change
	if err == nil {
		openapi.MarkInferred(docs[1])
		changes, err = p.comparer.Documents(ctx, docs[0], docs[1])
	}
	if err != nil {
		out.Problem = err.Error()
		return out
	}
	out.More = max(0, len(changes)-maxChanges)
	for i := range changes[:len(changes)-out.More] {
		c := &changes[i]
		out.Changes = append(out.Changes, Change{string(c.Level), c.Method, c.Path, c.Text, c.ID, c.IsShown()})
	}
	return out
}

// Rules about a part that only one document has, and the words in their texts that express a
// change.
var (
	presenceRules = lazyregexp.New(`^new-|^(endpoint|api(-path|-schema)?|request-(parameter|property|body(-media-type)?)|` +
		`response-(media-type|(non-)?success-status|(required|optional)(-write-only)?-property)|` +
		`(required|optional)-response-header)-(added|removed)`)
	changeWords = lazyregexp.New(`^(endpoint|api( path)?) (added|removed).*|^(added|deleted|removed) (the )?(new )?|^the | removed\b|` +
		` with deprecation$| before the sunset date .*`)
)

// compareWithTraffic rewrites a change that is only the presence of a part: the API has not
// changed, but a document and the traffic show different parts of it.
func (c *Change) compareWithTraffic(name string) {
	if !presenceRules.MatchString(c.Rule) {
		return
	}
	d := diff.Change{ID: c.Rule}
	part := strings.TrimPrefix(string(d.PartOf()), string(diff.PartOther))
	where := "in traffic, not in " + name
	if strings.Contains(c.Rule, "-removed") {
		where = "in " + name + ", not in traffic"
		if d.KindOf() != diff.Lost {
			c.Level = "missing"
		}
	}
	c.Rule, c.Text, c.Shown = cmp.Or(part, "parts")+" "+where, changeWords.Get().ReplaceAllString(c.Text, ""), false
}

// otherHosts returns the hosts of the servers of a document, or nil if one of them is host or
// unknown.
func otherHosts(doc *openapi3.T, host string) []string {
	var hosts []string
	for _, s := range doc.Servers {
		u, err := url.Parse(s.URL)
		if err != nil || u.Host == "" || strings.EqualFold(u.Host, host) || strings.EqualFold(u.Hostname(), host) {
			return nil
		}
		hosts = append(hosts, u.Host)
	}
	return slices.Compact(hosts)
}

// Coverage describes the parts of the given document that traffic reached.
type Coverage struct {
	Name    string                `json:"name"` // of the document, "" if there is none
	Percent int                   `json:"percent"`
	Totals  []check.CoverageTotal `json:"totals"`
	Missing []check.CoveragePart  `json:"missing"` // parts that no flow reached
	More    int                   `json:"more"`    // how many are missing here
	Flows   int                   `json:"flows"`   // that have an operation
	// Newest is the number of counted flows if there are older, uncounted ones, or else 0.
	Newest int `json:"newest,omitzero"`
}

// coverage counts the newest flows of a host.
func (p *panel) coverage(ctx context.Context, in ReviewQuery) (Coverage, error) {
	var out Coverage
	g := p.given(in)
	if g == nil {
		return out, nil
	}
	data, err := g.Read(ctx)
	if err != nil {
		return out, &wire.Error{Message: err.Error()}
	}
	doc, err := openapi.Load(data)
	if err != nil {
		return out, &wire.Error{Message: fmt.Sprintf("read %s: %v", g.Path, lint.Explain(ctx, data, nil, err))}
	}
	c, err := check.NewCoverage(doc, true)
	if err != nil {
		return out, &wire.Error{Message: fmt.Sprintf("read %s: %v", g.Path, err)}
	}
	if out.Newest, err = p.eachNewest(ctx, in.Host, c.Add); err != nil {
		return out, err
	}
	each, all := c.Totals()
	out.Name, out.Percent, out.Totals, out.Flows = g.Path, all.Percent(), each, c.Flows
	missing := c.Missing()
	out.More = max(0, len(missing)-maxChanges)
	out.Missing = missing[:len(missing)-out.More]
	return out, nil
}

// eachNewest calls f for the newest flows of a host. If there are older ones, it returns the number
// of flows read, or else 0.
func (p *panel) eachNewest(ctx context.Context, host string, f func(*flow.Flow)) (newest int, err error) {
	ctx, cancel := context.WithTimeout(ctx, reviewTime)
	defer cancel()
	n := 0
	for x, err := range p.Store.Scan(ctx, store.Query{Authority: host, Newest: true, Limit: maxCovered + 1}) {
		if n++; n > maxCovered || errors.Is(err, context.DeadlineExceeded) {
			return n - 1, nil
		}
		if err != nil {
			return 0, err
		}
		f(&x)
	}
	return 0, nil
}
