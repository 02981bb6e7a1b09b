package command

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/internal/ascii"
)

// readers are parts of commands that read a password from their input.
var readers = [...]struct {
	command string
	part    part
}{
	{"chpasswd", afterColon}, {"sudo -S", whole}, {"--password-stdin", whole}, {"passwd --stdin", whole}, {"--with-token", whole},
	{"--passphrase-fd 0", whole}, {"stdin:", whole}, {"-pass stdin", whole}, {"su -c", whole}, {"cryptsetup", whole},
	{"--passwd-on-stdin", whole}, {"--password-fd 0", whole}, {"smbpasswd", whole}, {" passwd ", whole}, {"kinit ", whole},
	{"secret put ", whole}, {"secret set ", whole}, {"secret-tool store", whole}, {"pass insert ", whole}, {"ssh-add", whole},
	{"secrets create ", whole}, {"secret create ", whole}, {"vault login -", whole}, {"versions add ", whole},
}

// readsPassword finds the part of the value s[start:end] that is a password if the command reads it
// from its input.
func readsPassword(command, s string, start, end int) (int, int, bool) {
	command += " "
	for _, reader := range readers {
		if strings.Contains(command, reader.command) {
			if from, to, ok := reader.part.of(s[start:end], start); ok {
				return from, to, true
			}
		}
	}
	return start, end, strings.Contains(command, "passw") && end-start >= 6
}

// HereDocument returns where the password is in the first line of the here-document at i, if the
// program reads one: sudo -S ls <<EOF.
func HereDocument(s string, i int) (start, end int, ok bool) {
	k := i + len("<<")
	for k < len(s) && (ascii.IsAlnum(s[k]) || strings.IndexByte("-_'\" ", s[k]) >= 0) && k < i+maxDelimiter {
		k++
	}
	if k == i+len("<<") || k >= len(s) || s[k] != '\n' {
		return 0, 0, false
	}
	command := s[max(0, i-maxLine):i]
	command = command[strings.LastIndexAny(command, "\n\r;|&`(")+1:]
	if start, end, ok = whole.of(valueAt(s, k+1)); !ok || end < len(s) && s[end] != '\n' {
		return 0, 0, false
	}
	return readsPassword(command, s, start, end)
}

// maxDelimiter bounds the word that ends a here-document, in bytes.
const maxDelimiter = 40

// Piped returns where the password is that the word at i, echo, printf or yes, writes to a program
// that reads one: echo SECRET | sudo -S. The word ends at j.
func Piped(s string, i, j int) (start, end int, ok bool) {
	if w := s[i:j]; w != "echo" && w != "printf" && w != "yes" {
		return 0, 0, false
	}
	line := s[j:min(len(s), j+maxLine)]
	if n := strings.IndexAny(line, "\n\r"); n >= 0 {
		line = line[:n]
	}
	bar := strings.IndexByte(line, '|')
	if bar < 2 {
		return 0, 0, false
	}
	k := j
	for strings.HasPrefix(s[k:], " -n") || strings.HasPrefix(s[k:], " -e") {
		k += 3
	}
	k = afterOption(s, k)
	if s[i] == 'p' && k < len(s) && s[k] == '%' { // the format
		if n := strings.IndexByte(s[k:j+bar], ' '); n > 0 {
			k = afterOption(s, k+n)
		}
	}
	start, end, ok = whole.of(valueAt(s, k))
	if !ok || end > j+bar {
		return 0, 0, false
	}
	switch rest := strings.Trim(line[end-j:bar], " \"'\\)"); rest {
	case "":
	case "n" + s[start:end]: // a password and its repetition: "x\nx"
		end += strings.Index(line[end-j:], rest) + len(rest)
	case "; echo " + s[start:end]:
	default:
		return 0, 0, false // of several words
	}
	return readsPassword(line[bar:], s, start, end)
}

// HereString returns where the password is that the here-string at i gives a program which reads
// one: sudo -S ls <<< SECRET.
func HereString(s string, i int) (start, end int, ok bool) {
	command := s[max(0, i-maxLine):i]
	command = command[strings.LastIndexAny(command, "\n\r;|&`(")+1:]
	k := i + len("<<<")
	for k < len(s) && lex.IsBlank(s[k]) {
		k++
	}
	if start, end, ok = whole.of(valueAt(s, lex.SkipQuote(s, k))); !ok {
		return 0, 0, false
	}
	return readsPassword(command, s, start, end)
}
