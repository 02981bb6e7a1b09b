package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// NotLog returns an error that describes a file that does not begin as a log does. It returns nil
// for a partial record, which a killed process leaves, and for a missing or empty file.
func NotLog(path string) error {
	line, err := firstLine(path)
	if err != nil || len(line) == 0 {
		return err
	}
	n := min(len(line), len(lineStart))
	var known struct{ Principal, Signature *string }
	isJSON := json.Unmarshal(line, &known) == nil
	switch {
	case isJSON && known.Signature != nil:
		return fmt.Errorf("%s has checkpoints of an audit, and is none itself", path)
	case isJSON && known.Principal != nil:
		return fmt.Errorf("%s is a journal of an earlier version of serve: it has no chain of hashes, and is read as lines of JSON", path)
	case string(line[:n]) == lineStart[:n]:
		return nil
	}
	return fmt.Errorf("%s is no audit: its first line is no record", path)
}

// lineStart begins each record.
const lineStart = `{"seq":`

// firstLine returns the first line of a file, without its newline. It is empty if the file is empty
// or missing.
func firstLine(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, maxLine)).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	return bytes.TrimSuffix(bytes.TrimRight(line, "\x00"), []byte("\n")), nil // a power cut leaves zeros
}
