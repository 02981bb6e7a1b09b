package tool

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/mcptools/lines"
	"github.com/spectap/spectap/mcptools/view"
)

// answer is a result as text and as structured content.
type answer struct {
	tool, next, text string
	data             json.RawMessage
	untrusted        bool
	limit            int // of the text, in bytes
	// cursor begins that of the next part of the text, and line is the first line of this one. A
	// tool with effects has no parts.
	cursor string
	line   int
}

// around is more than the bytes before and after a text, without those of [Partial].
const around = 500

// newAnswer writes a result. content is the limit of a document that a call asks for, or 0.
func newAnswer(tool string, v any, content int) (*answer, error) {
	a := &answer{tool: tool, limit: view.MaxText + max(0, content-view.MaxContent)}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // keep the "&" in URLs that a reader copies from the text
	if err := e.Encode(v); err != nil {
		return a, fmt.Errorf("encode result: %w", err)
	}
	a.data = view.VisibleJSON(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	_, a.untrusted = v.(interface{ isUntrusted() })
	var said []string // the members that the lines before the fence say
	if a.untrusted {
		said = append(said, "notice")
	}
	if p, ok := v.(Partial); ok {
		a.next = p.Continuation(tool)
	}
	if bytes.Contains(a.data, []byte(`"more":`)) && !strings.Contains(a.next, "left out") { // most have all rows
		if _, left, _ := a.rows(); left > 0 {
			a.next = strings.TrimSpace(fmt.Sprintf("%s %.0f are left out: call %s again with a larger limit, or select fewer.", a.next, left, tool))
		}
	}
	if a.next != "" {
		said = append(said, "truncated", "next_offset", "next_cursor")
	}
	if l, ok := v.(Lines); ok {
		a.text = view.Visible(strings.TrimSuffix(l.Lines(), "\n"))
	}
	if a.text == "" {
		a.text = lines.Text(a.data, said...)
	}
	return a, nil
}

// excess returns how many times as long as it may be an answer is; at most 1 fits.
func (a *answer) excess() float64 {
	return max(float64(len(a.text)+len(a.next)+around)/float64(a.limit), float64(len(a.data))/float64(2*a.limit))
}

// rows returns the length of the longest list, how many of its rows are left out without a page
// that has them, and whether the answer names such a page.
func (a *answer) rows() (rows int, left float64, continues bool) {
	var members map[string]any
	_ = json.Unmarshal(a.data, &members) // our own JSON: an object, else there are no rows
	for _, v := range members {
		list, _ := v.([]any)
		rows = max(rows, len(list))
	}
	left, _ = members["more"].(float64)
	return rows, left, members["next_cursor"] != nil || members["next_offset"] != nil || members["more"] == true
}

// lineMark separates a cursor of a tool from the number of lines to skip.
const lineMark = "~"

// Paged returns t with answers within the limits of package view, unless it has effects. A longer
// one is asked for with fewer rows if it then says how to continue. Else it comes in parts of its
// text, by the argument cursor.
func Paged(t Tool) Tool {
	if t.Effect.Changes || t.Run == nil {
		return t
	}
	takes := func(name string) bool {
		return slices.ContainsFunc(t.Params, func(p Param) bool { return p.Name == name && !p.Hidden })
	}
	hasCursor := slices.ContainsFunc(t.Params, func(p Param) bool { return p.Name == CursorParam.Name })
	hasPages := takes("limit") && (takes("offset") || takes(CursorParam.Name))
	if !takes(CursorParam.Name) {
		t.Params = append(slices.Clip(t.Params), CursorParam)
	}
	run := t.Run
	t.Run = func(ctx context.Context, args Args) (any, error) {
		cursor, digits, isPart := strings.Cut(args.String(CursorParam.Name), lineMark)
		line, err := strconv.Atoi(digits)
		noPart := Errorf(CodeBadCursor, "start again without a cursor", "this is not a cursor of this tool, or its answer is shorter now")
		if isPart && (err != nil || line < 1) || cursor != "" && !hasCursor {
			return nil, noPart
		}
		args[CursorParam.Name] = cursor
		write := func() (*answer, error) {
			v, err := run(ctx, args)
			if err != nil {
				return &answer{}, err
			}
			return newAnswer(t.Name, v, args.Int("max_bytes"))
		}
		a, err := write()
		for b := a; err == nil && !isPart && hasPages && b.excess() > 1 && args.Int("limit") > 1; {
			rows, _, _ := b.rows()
			args["limit"] = int64(max(1, float64(min(rows, args.Int("limit")))/max(b.excess(), 1.1)))
			b, err = write()
			// Parts are those of the limit that the next call has, too.
			if _, _, continues := b.rows(); continues && b.excess() <= 1 {
				a = b
			}
		}
		if err == nil && line > strings.Count(a.text, "\n") {
			err = noPart
		}
		if err != nil {
			return nil, err
		}
		a.cursor, a.line = cursor+lineMark, line
		return a, nil
	}
	return t
}
