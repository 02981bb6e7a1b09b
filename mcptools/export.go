package mcptools

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
)

// SpecResult is an OpenAPI document, or a part of it.
type SpecResult struct {
	Untrusted
	// Document is there when the format is JSON and the whole fits.
	Document   map[string]any `json:"document,omitempty" jsonschema_description:"the OpenAPI document"`
	Text       string         `json:"text,omitempty" jsonschema_description:"the document's text from byte offset on: for YAML, and where document does not fit"`
	Format     string         `json:"format"`
	Version    string         `json:"version" jsonschema_description:"of OpenAPI"`
	Length     int            `json:"length" jsonschema_description:"bytes of the whole document"`
	Offset     int            `json:"offset,omitempty"`
	Truncated  bool           `json:"truncated,omitempty" jsonschema_description:"the text goes on: ask again with offset next_offset"`
	NextOffset int            `json:"next_offset,omitempty"`
	Hosts      []string       `json:"hosts" jsonschema_description:"the hosts that were asked for; empty: all"`
	Operations int            `json:"operations"`
	Flows      int64          `json:"flows" jsonschema_description:"flows that the document rests on"`
	Excluded   []Excluded     `json:"excluded" jsonschema_description:"flows without an operation, by reason"`
	Note       string         `json:"note,omitempty"`
}

// How much of a document one answer has, in bytes.
const (
	defaultSpecBytes = 256 << 10
	maxSpecBytes     = 4 << 20
)

func (r SpecResult) goOn(tool string) string { return nextOffset(tool, r.Truncated, r.NextOffset) }

// nextOffset says how to go on with a text or list that was cut; "" when it was not.
func nextOffset(tool string, truncated bool, offset int) string {
	if !truncated {
		return ""
	}
	return fmt.Sprintf("This is a part: call %s again with the same arguments and offset %d for what follows.", tool, offset)
}

func (s *service) exportSpec() tool {
	params := []param{
		domainParam, newestParam,
		{name: "format", kind: text, enum: []string{"json", "yaml"}, otherwise: "json", doc: "how the document is written"},
		{name: "version", kind: text, enum: []string{"3.0", "3.1"}, otherwise: "3.1", doc: "of OpenAPI"},
		{name: "max_bytes", kind: whole, least: 1 << 10, most: maxSpecBytes, otherwise: defaultSpecBytes, doc: "how much of the document at most"},
		{name: "offset", kind: whole, otherwise: 0, doc: "from this byte of the document on"},
		specMSParam,
	}
	return newTool("export_openapi_spec", "OpenAPI document",
		"Gives the OpenAPI document of a host, or of all hosts, as inferred from the captured traffic.", params, s.export)
}

func (s *service) export(ctx context.Context, a args) (SpecResult, error) {
	d, hosts, err := s.document(ctx, a, true)
	if err != nil {
		return SpecResult{}, err
	}
	data, err := s.encoded.of(d.OpenAPI, openapi.Format(a.text("format")))
	if err != nil {
		return SpecResult{}, err
	}
	out := SpecResult{
		Untrusted: untrusted, Format: a.text("format"), Version: d.OpenAPI.OpenAPI, Length: len(data), Hosts: view.VisibleAll(hosts),
		Operations: len(d.Decided.Operations), Flows: d.Decided.Flows, Excluded: excluded(d.Decided.Excluded), Note: d.Note,
	}
	offset, limit := a.whole("offset"), a.whole("max_bytes")
	if offset > len(data) {
		return SpecResult{}, badArgument("offset", "is beyond the end: the document has %d bytes", len(data))
	}
	if out.Format == "json" && offset == 0 && len(data) <= limit {
		if err := json.Unmarshal(data, &out.Document); err != nil {
			return SpecResult{}, err
		}
		return out, nil
	}
	for ; offset > 0 && offset < len(data) && !utf8.RuneStart(data[offset]); offset-- {
	}
	rest := string(data[offset:])
	if len(rest) > limit {
		rest = view.WholeRunes(rest[:limit])
		out.Truncated, out.NextOffset = true, offset+len(rest)
	}
	out.Text, out.Offset = rest, offset
	return out, nil
}
