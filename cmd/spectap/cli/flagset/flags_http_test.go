package flagset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/front"
)

// TestTokenFile checks that a token file is made once, for its owner alone, that it has to have a
// token that cannot be guessed, and that no server starts without the token that it was to have.
func TestTokenFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	first, err := (&HTTPFlags{TokenFile: path}).token()
	if err != nil || len(first) < front.MinToken {
		t.Fatalf("%d characters, %v", len(first), err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file has %v, %v", info.Mode(), err)
	}
	if again, err := (&HTTPFlags{TokenFile: path}).token(); again != first || err != nil {
		t.Errorf("the second start has another token; %v", err)
	}
	if other, err := (&HTTPFlags{}).token(); other == first || len(other) < front.MinToken || err != nil {
		t.Errorf("without a file: %d characters, %v", len(other), err)
	}
	if none, err := (&HTTPFlags{NoToken: true}).token(); none != "" || err != nil {
		t.Errorf("--no-token: %q, %v", none, err)
	}
	write := func(name, text string) string {
		must.Do(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		return filepath.Join(dir, name)
	}
	shortest := strings.Repeat("t", front.MinToken)
	if got, err := (&HTTPFlags{TokenFile: write("spaces", " "+shortest+" \r\n")}).token(); got != shortest || err != nil {
		t.Errorf("spaces around: %q, %v", got, err)
	}
	writable := write("writable", shortest)
	must.Do(t, os.Chmod(writable, 0o666))
	for _, tt := range []struct {
		file, want string
		is         error
		hint       bool
	}{
		{write("short", shortest[1:]+"\n"), "fewer than 16 characters", nil, true},
		{dir, "read the token: ", nil, false},
		{filepath.Join(dir, "none", "token"), "save the token: ", fs.ErrNotExist, false},
		{filepath.Join(path, "token"), "the token: ", nil, false},
		{writable, "is writable by all users: it has mode 0666", nil, true},
	} {
		if runtime.GOOS == "windows" && tt.file == writable {
			continue
		}
		token, err := (&HTTPFlags{TokenFile: tt.file}).token()
		var h *cli.Hint
		if token != "" || err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) || errors.As(err, &h) != tt.hint {
			t.Errorf("%s: %d characters, %v", tt.file, len(token), err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder was made")
	}
}
