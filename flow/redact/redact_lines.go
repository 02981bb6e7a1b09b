package redact

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
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
	var out bytes.Buffer
	var lines, values [][]byte // consecutive data lines
	flush := func(isLast bool) {
		joined := bytes.TrimSpace(bytes.Join(values, nil))
		isJSON := json.Valid(joined) || isLast && len(joined) > 0 && (joined[0] == '{' || joined[0] == '[') // cut off
		if len(values) > 1 && isJSON && !bytes.Equal(r.JSON(joined), joined) {
			out.WriteString("data: ")
			out.Write(joined)
			out.WriteByte('\n')
		} else {
			out.Write(bytes.Join(lines, nil))
		}
		lines, values = nil, nil
	}
	for line := range bytes.Lines(data) {
		value, ok := bytes.CutPrefix(line, prefix)
		if ok {
			lines, values = append(lines, line), append(values, bytes.TrimRight(value, "\r\n"))
			continue
		}
		flush(false)
		out.Write(line)
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

// table redacts comma- or tab-separated values by the names in the first row. It treats data that
// it cannot parse as text.
func (r *Redactor) table(mediaType string, data []byte) []byte {
	in := csv.NewReader(bytes.NewReader(data))
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	out.UseCRLF = bytes.Contains(data, []byte("\r\n"))
	if mediaType == "text/tab-separated-values" {
		in.Comma, out.Comma = '\t', '\t'
	} else if sep := table.Separator(firstLine(data)); sep != 0 {
		in.Comma, out.Comma = rune(sep), rune(sep)
	}
	asText := func() []byte { return bytesIfChanged(data, r.Text(string(data))) }
	row, err := in.Read()
	title := slices.Clone(row)
	head := table.ColumnsOf(len(title), func(i int) string { return title[i] })
	byRule := make([]names.Sensitivity, len(title))
	for j, name := range title {
		byRule[j] = r.rules.sensitivity(name)
	}
	in.ReuseRecord = true // all rows at once take 50 times the memory of the data
	n, changes := 0, false
	for ; err == nil; row, err = in.Read() {
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
	}
	if err != io.EOF || n < 2 {
		return asText()
	}
	out.Flush()
	if !changes {
		return data
	}
	if !bytes.HasSuffix(data, []byte("\n")) { // the last line has no end
		return bytes.TrimRight(text.Bytes(), "\r\n")
	}
	return text.Bytes()
}
