package redact

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/table"
)

// joinEventData joins JSON that an event stream spreads over several data lines, since redaction by
// lines would not see which value belongs to which name.
func (r *Redactor) joinEventData(data []byte) []byte {
	prefix := []byte("data:")
	if !bytes.Contains(data, []byte("\ndata:")) {
		return data
	}
	var out, values bytes.Buffer
	start, at, lines := 0, 0, 0 // of consecutive data lines
	flush := func(isLast bool) {
		joined := bytes.TrimSpace(values.Bytes())
		isJSON := json.Valid(joined) || isLast && len(joined) > 0 && (joined[0] == '{' || joined[0] == '[') // cut off
		if lines > 1 && isJSON && !bytes.Equal(r.JSON(joined), joined) {
			out.WriteString("data: ")
			out.Write(joined)
			out.WriteByte('\n')
		} else {
			out.Write(data[start:at])
		}
		values.Reset()
		lines = 0
	}
	for line := range bytes.Lines(data) {
		if value, ok := bytes.CutPrefix(line, prefix); ok {
			values.Write(bytes.TrimRight(value, "\r\n"))
			lines++
		} else {
			flush(false)
			out.Write(line)
			start = at + len(line)
		}
		at += len(line)
	}
	flush(true)
	if bytes.Equal(out.Bytes(), data) {
		return data
	}
	return out.Bytes()
}

// isCountColumn reports whether a cell counts what its column names: tokens, 12.
func isCountColumn(name, cell string) bool {
	return strings.HasSuffix(name, "s") && form.Count(cell).Digit == len(cell)
}

// firstLine returns the text up to the first line break.
func firstLine(data []byte) string {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return stringOf(line)
}

// separatorOf returns the separator of a table by its first line, 0 if it has one column.
func separatorOf(line string) byte {
	if sep := table.Separator(line); sep != 0 || strings.IndexByte(line, '|') < 0 {
		return sep
	}
	return '|'
}

// maxRow bounds the separators of a row of a table. The parser holds the cells of a row at 25 times
// their size.
const maxRow = 100_000

var errWideRow = errors.New("a row has too many cells")

// rowLimiter reads a table as long as its rows have no more than maxRow separators.
type rowLimiter struct {
	data []byte
	sep  byte
	n    int // since the parser ended a row, with what it has read ahead
}

func (l *rowLimiter) Read(p []byte) (int, error) {
	if l.n > maxRow {
		return 0, errWideRow
	}
	if len(l.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, l.data)
	l.n += bytes.Count(l.data[:n], []byte{l.sep})
	l.data = l.data[n:]
	return n, nil
}

// preambleLen returns the length of the lines before the row of names: comments, lines without
// text, and the separator as sep=; for spreadsheets.
func preambleLen(data []byte) (n int) {
	for line := range bytes.Lines(data) {
		text := bytes.TrimSpace(line)
		isComment := len(text) == 0 || text[0] == '#' && table.Separator(stringOf(text)) == 0
		if !isComment && !(bytes.HasPrefix(text, []byte("sep=")) && len(text) == len("sep=;")) {
			break
		}
		n += len(line)
	}
	return n
}

// table redacts comma- or tab-separated values by the names in the first row. It treats data that
// it cannot parse as text, and so what begins with a row of more than maxRow cells.
func (r *Redactor) table(mediaType string, data []byte) []byte {
	if n := preambleLen(data); n > 0 {
		rest := r.table(mediaType, data[n:])
		return bytesIfChanged(data, r.Text(string(data[:n]))+string(rest))
	}
	limiter := &rowLimiter{data: data, sep: ','}
	in := csv.NewReader(limiter)
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	out.UseCRLF = bytes.Contains(data, []byte("\r\n"))
	if mediaType == "text/tab-separated-values" {
		in.Comma, out.Comma = '\t', '\t'
	} else if sep := separatorOf(firstLine(data)); sep != 0 {
		in.Comma, out.Comma = rune(sep), rune(sep)
	}
	limiter.sep = byte(in.Comma)
	asText := func() []byte { return bytesIfChanged(data, r.Text(stringOf(data))) }
	row, err := in.Read()
	title := slices.Clone(row)
	head := table.ColumnsOf(len(title), func(i int) string { return title[i] })
	byRule := make([]names.Sensitivity, len(title))
	for j, name := range title {
		byRule[j] = r.rules.sensitivity(name)
	}
	in.ReuseRecord = true // all rows at once take 50 times the memory of the data
	n, changes, end := 0, false, int64(0)
	for ; err == nil; row, err = in.Read() {
		limiter.n = 0
		for j, cell := range row {
			level := names.Plain
			if n > 0 && j < len(title) && !isCountColumn(title[j], cell) {
				level = max(byRule[j], head.Sensitivity(j, len(row), func(i int) string { return row[i] }))
			}
			if red := r.redactValue(level, cell); red != cell {
				row[j], changes = red, true
			}
		}
		if out.Write(row) != nil { // memory; the separator is valid
			return nil
		}
		n++
		end = in.InputOffset()
	}
	out.Flush()
	switch {
	case err == errWideRow && changes:
		return append(text.Bytes(), r.Text(stringOf(data[end:]))...)
	case err != io.EOF || n < 2:
		return asText()
	case !changes:
		return data
	}
	if !bytes.HasSuffix(data, []byte("\n")) { // the last line has no end
		return bytes.TrimRight(text.Bytes(), "\r\n")
	}
	return text.Bytes()
}
