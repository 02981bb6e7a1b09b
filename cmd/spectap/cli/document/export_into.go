package document

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/openapi/merge"
	"github.com/spectap/spectap/store"
)

// Merge merges the inferred document into a document that people edit.
func (x *Exporting) Merge(ctx context.Context, c *catalog.Catalog) (*catalog.Document, error) {
	r, into, out := x.Request, x.Into, x.Out
	existing, version, err := x.Target(ctx)
	if err != nil {
		return nil, err
	}
	r.Version = version
	e, err := c.Document(ctx, r)
	if err != nil {
		return nil, err
	}
	doc, err := build.Document(e.Decided, build.Options{Version: version, Absences: true})
	if err != nil {
		return nil, err
	}
	merged, err := merge.Merge(existing, doc, writtenTo(into, existing))
	if err != nil {
		return nil, fmt.Errorf("merge into %s: %w", into, err)
	}
	if openapi.IsSealed(existing) {
		merged.Text = openapi.Reseal(merged.Text)
	}
	if x.merged, err = openapi.LoadContext(ctx, merged.Text); err != nil {
		return nil, fmt.Errorf("merge into %s: read the result: %w", into, err)
	}
	if now, err := cli.ReadFile(into, cli.MaxInput); out == into && (err != nil || !bytes.Equal(now, existing)) {
		return nil, cli.WithHint(fmt.Errorf("merge into %s: it changed meanwhile; nothing was written", into), "the same command again")
	}
	write := x.P.WriteOut
	if out == into {
		write = x.P.WriteAgain
	}
	if err := write(ctx, "document", out, merged.Text); err != nil {
		return nil, err
	}
	note, err := merged.Written.MarshalBinary()
	if err != nil {
		return nil, err
	}
	keepWritten(ctx, x.P, out, append([]byte(objectsNote), note...))
	x.hosts = e.Hosts
	err = x.writeUnplaced(ctx, merged.Unplaced) // before the lines that refer to the file are printed
	x.printUnplaced(merged.Unplaced)
	return e, err
}

// Target reads the document of --into and its version. A document that cannot be merged into is an
// error.
func (x *Exporting) Target(ctx context.Context) (existing []byte, version string, err error) {
	existing, err = cli.ReadFile(x.Into, cli.MaxInput)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", cli.WithHint(fmt.Errorf("read document: %w", err), "spectap export -o "+cli.QuoteArg(x.Into)+" to create it")
	case err != nil:
		return nil, "", fmt.Errorf("read document: %w", err)
	}
	if version, err = openapi.VersionOf(existing); err != nil {
		return nil, "", notDocument(x.Into, err)
	}
	if r, err := x.P.ReadDocument(ctx, x.Into, ""); err == nil && (r.Files > 0 || len(r.Problems) > 0) {
		one := strings.TrimSuffix(x.Into, filepath.Ext(x.Into)) + ".one" + filepath.Ext(x.Into)
		return nil, "", cli.WithHint(fmt.Errorf("merge into %s: it has references to other files, and what is added goes into one", x.Into),
			"spectap bundle "+cli.QuoteArg(x.Into)+" -o "+cli.QuoteArg(one)+" && spectap export --into "+cli.QuoteArg(one))
	}
	if version != "3.0" && version != "3.1" {
		return nil, "", fmt.Errorf("merge into %s: its version is %s, must be 3.0 or 3.1", x.Into, version)
	}
	return existing, version, x.refuseInvalid(ctx, existing)
}

// writeUnplaced writes to the file of --unplaced.
func (x *Exporting) writeUnplaced(ctx context.Context, all []merge.Unplaced) error {
	if x.unplaced == "" {
		return nil
	}
	type unplaced struct {
		Place  string `json:"place"` // "" is the document
		What   string `json:"what"`
		Reason string `json:"reason"`
	}
	list := make([]unplaced, len(all))
	for i, u := range all {
		list[i] = unplaced(u)
	}
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	data = []byte(visible.JSON(string(data)) + "\n")
	return x.P.WriteOut(ctx, "list of what has no place", x.unplaced, data)
}

// tolerated are the rules that the target document may break: invalid examples do not affect the
// merge.
var tolerated = []string{"example-violates-schema", "default-violates-schema"}

// refuseInvalid prints the findings of an invalid document and returns an error.
func (x *Exporting) refuseInvalid(ctx context.Context, existing []byte) error {
	try := "spectap validate " + cli.QuoteArg(x.Into)
	report, err := lint.Check(ctx, existing, lint.Config{ErrorsOnly: true, Ignore: tolerated})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return cli.WithHint(fmt.Errorf("merge into %s: %w", x.Into, err), try)
	case len(report.Findings) == 0:
		return nil
	}
	if err := report.WriteText(x.P.Stderr, x.Into); err != nil {
		return err
	}
	count := cli.Plural(len(report.Findings), "error")
	return cli.WithHint(fmt.Errorf("merge into %s: it is not valid (%s above); nothing was written", x.Into, count), try)
}

// maxUnplaced bounds the lines about parts without a place in the document. With --report all are
// printed.
const maxUnplaced = 20

// printUnplaced lists the parts that traffic shows and that have no place in the document.
func (x *Exporting) printUnplaced(all []merge.Unplaced) {
	shown := all
	if !x.report {
		shown = all[:min(len(all), maxUnplaced)]
	}
	for _, u := range shown {
		place := u.Place
		if place != "" {
			place += ": "
		}
		fmt.Fprintln(x.P.Stderr, "spectap: not merged: "+visible.Line(place+u.What+": "+u.Reason))
	}
	if more := len(all) - len(shown); more > 0 {
		fmt.Fprintf(x.P.Stderr, "spectap: not merged: %d more; --report lists all\n", more)
	}
}

// An export records what it wrote to a document, so that a later --into can relax only that. After
// -o this is the whole text, after --into the set of objects that the export wrote. The notes are
// in the XDG state folder, by the path of the document.
//
// Marks in the document would double the lines of a small one. Without a note, as in CI, a
// document whose seal fits its text counts as written by exports, any other as the work of people.

// objectsNote is the prefix of a note with a set of objects. No document begins with it.
const objectsNote = "objects\n"

// noteOf returns the file of the note about a document.
func noteOf(document string) string { return cli.StateFile("written", cli.RealPath(document), ".note") }

// keepWritten records what was written to a document. It only prints errors, since the document is
// already written.
func keepWritten(ctx context.Context, p *cli.Program, document string, note []byte) {
	if document == "" || document == "-" {
		return
	}
	if err := p.KeepState(ctx, noteOf(document), note); err != nil {
		fmt.Fprintf(p.Stderr, "spectap: --into will take all of %s for the work of people: %v\n", document, err)
	}
}

// writtenTo returns the parts of a document that exports wrote, as far as known: the whole document
// if its seal is valid, or else the recorded parts.
func writtenTo(document string, now []byte) merge.Written {
	text := now
	if !openapi.IsSealed(now) {
		var err error
		if text, err = cli.ReadFile(noteOf(document), cli.MaxInput); err != nil {
			return merge.Written{}
		}
	}
	w, err := merge.Written{}, error(nil)
	if objects, ok := bytes.CutPrefix(text, []byte(objectsNote)); ok {
		err = w.UnmarshalBinary(objects)
	} else {
		w, err = merge.WrittenBy(text)
	}
	if err != nil {
		return merge.Written{}
	}
	return w
}

// maxRechecked bounds the flows that are checked against a document after a merge.
const maxRechecked = 1000

// sayContradictions prints how many of the newest flows contradict the merged document.
func (x *Exporting) sayContradictions(ctx context.Context) error {
	checker, err := check.New(x.merged, check.Config{AnyHost: true})
	if err != nil {
		return fmt.Errorf("check %s: %w", x.Out, err)
	}
	r := newCheckReport()
	err = x.P.EachStore(func(name string, st control.Store) error {
		r.begin(name)
		for _, host := range x.hosts {
			q := store.Query{Authority: host, Since: x.Request.Since, Limit: maxRechecked, Newest: true}
			for f, err := range st.Scan(ctx, q) {
				if err != nil {
					return fmt.Errorf("check %s: read flows: %w", x.Out, err)
				}
				r.add(ctx, checker, &f)
			}
		}
		return nil
	})
	if err != nil || r.Broken == 0 {
		return err
	}
	fmt.Fprintf(x.P.Stderr, "spectap: %d of the newest %s contradict what people wrote in %s; %s\n", r.Broken, cli.Plural(r.Checked, "flow"), x.Out,
		x.P.Copyable("spectap check "+cli.QuoteArg(x.Out)))
	return nil
}

// WriteDocument writes a document that was inferred to a file, or to stdout if path is "" or "-",
// and returns its text.
func WriteDocument(ctx context.Context, p *cli.Program, path string, doc *openapi3.T, format openapi.Format) (text []byte, err error) {
	text, err = encodeDocument(doc, format)
	if err != nil {
		return nil, err
	}
	return text, writeNoted(ctx, p, path, text)
}

// writeNoted writes a document and records that an export wrote all of it.
func writeNoted(ctx context.Context, p *cli.Program, path string, data []byte) error {
	if err := p.WriteOut(ctx, "document", path, data); err != nil {
		return err
	}
	keepWritten(ctx, p, path, data)
	return nil
}

func encodeDocument(doc *openapi3.T, format openapi.Format) ([]byte, error) {
	var b bytes.Buffer
	if err := openapi.EncodeInferred(&b, doc, format); err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	return b.Bytes(), nil
}

// lastExportFile returns the file that keeps the last exported document of a host of the store, for
// the page. It is in the XDG state folder and not next to the store, because it is not a result.
func lastExportFile(p *cli.Program, host string) string {
	return cli.StateFile("exports", cli.RealPath(p.DBPath())+"\x00"+host, ".yaml")
}

// KeepDocument keeps any document that a person saved, for its host. data is its text, or nil. It
// only prints errors, since the export is done.
func KeepDocument(ctx context.Context, p *cli.Program, d *catalog.Document, data []byte) {
	if len(d.Hosts) != 1 {
		return
	}
	var err error
	if data == nil {
		data, err = encodeDocument(d.OpenAPI, openapi.YAML)
	}
	if err == nil {
		err = p.KeepState(ctx, lastExportFile(p, d.Hosts[0]), data)
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "spectap: the page cannot compare with this export: %v\n", err)
	}
}

// LastExport returns the last exported document of a host, and the time of the export.
func LastExport(p *cli.Program, host string) ([]byte, time.Time, error) {
	path := lastExportFile(p, host)
	info, err := os.Stat(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	data, err := cli.ReadFound(path, cli.MaxInput)
	return data, info.ModTime(), err
}
