package dialog

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// Commands of network devices end with a secret, which may be a word of letters: enable password x,
// neighbor 192.0.2.1 password x. A line that begins with such a command and ends after the value is
// no prose, unless the value says something of the secret.

// minWord is the least length of a secret at the end of a command, in bytes.
const minWord = 4

// maxConfigWords bounds the words of a command.
const maxConfigWords = 14

// deviceCommand is a command whose last two words are the name of a secret and the secret.
type deviceCommand struct {
	names string // of secrets, between blanks
	words []int  // how many stand before the name; any number of them if nil
}

// deviceCommands are such commands by their first words.
var deviceCommands = map[string]deviceCommand{
	"enable":         {" password secret ", []int{1, 3}},
	"username":       {" password secret ", []int{2, 4}},
	"neighbor":       {" password ", []int{2}},
	"mpls":           {" password ", nil},
	"isis":           {" password authentication-key authentication-text ", []int{1}},
	"eigrp":          {" authentication-text ", []int{1}},
	"ip":             {" password authentication-key authentication-text ", []int{2, 3, 4}},
	"area":           {" authentication-key ", nil},
	"standby":        {" authentication authentication-text key-string ", []int{1, 2, 3, 4}},
	"vrrp":           {" authentication authentication-text key-string ", []int{2, 3, 4}},
	"glbp":           {" authentication authentication-text key-string ", []int{2, 3, 4}},
	"ppp":            {" password ", []int{2, 4}},
	"set":            {" psksecret passwd password secret ", []int{1}},
	"tacacs-server":  {" key ", nil},
	"radius-server":  {" key ", nil},
	"server-private": {" key ", nil},
	"key-string":     {" key-string ", []int{0}},
	"pre-shared-key": {" pre-shared-key ", []int{0}},
	"ikev1":          {" pre-shared-key ", []int{1}},
	"ikev2":          {" pre-shared-key ", []int{2}},
	"wpa-psk":        {" wpa-psk ", []int{0}},
	"local-user":     {" password ", []int{2}},
}

// blockLines are the first words of a block of a configuration in which a line with nothing but
// this name and a value holds a secret.
var blockLines = map[string][]string{
	"password": {"line vty ", "line con ", "line console ", "line aux ", "line tty "},
	"key":      {"aaa-server ", "radius server ", "tacacs server ", "tacacs-server host ", "radius-server host "},
}

// maxConfigBlock bounds the bytes before a line in which the first line of its block is searched
// for.
const maxConfigBlock = 600

// configured finds the secret at the end of a command of a network device. The word s[i:j] before
// it is the name of the secret.
func configured(s string, i, j int) (phrase.Span, bool) {
	if s[j] != ' ' {
		return phrase.Span{}, false
	}
	var args [2]phrase.Span
	n, whole := arguments(s, j, args[:])
	if n == 2 && strings.HasPrefix(args[1].In(s), "level-") { // of routing
		n = 1
	}
	if !whole || n == 0 || n == 2 && !isManner(s, args[0]) || !isConfigValue(args[n-1].In(s)) {
		return phrase.Span{}, false
	}
	start := lineStart(s, i)
	before := strings.Fields(s[start:i])
	if len(before) > 0 && isDevicePrompt(before[0]) {
		before = before[1:]
	}
	if len(before) > maxConfigWords || i-start == maxLine { // the line may begin with other words
		return phrase.Span{}, false
	}
	name := s[i:j]
	if name == "authentication" && n == 2 && args[0].In(s) == "text" {
		name = "authentication-text"
	}
	first := name
	if len(before) > 0 {
		first = before[0]
	}
	if c, ok := deviceCommands[first]; ok && c.takes(name, before) {
		w := args[n-1].In(s)
		isWord := len(w) >= minKey && ascii.AllAlnum(w) && !form.IsMixed(w)
		return args[n-1], len(before) > 0 || isWord // one with digits may be the name of a standard
	}
	switch {
	case first == "option": // of a wireless network
		return args[n-1], len(before) == 1 && name == "key" && strings.Contains(around(s, start), "option encryption")
	case len(before) > 0:
		return phrase.Span{}, false
	}
	return args[n-1], i > start && isInBlock(s, start, blockLines[name]) || name == "password" && n == 1 && followsUser(s, start)
}

// around returns the text around the line at start that may belong to the same block.
func around(s string, start int) string {
	return s[max(0, start-maxConfigBlock):min(len(s), start+maxConfigBlock)]
}

// followsUser reports whether the line before the one at start names a user: user ann.
func followsUser(s string, start int) bool {
	if start == 0 {
		return false
	}
	line := strings.Fields(s[lineStart(s, start-1) : start-1])
	return len(line) == 2 && (line[0] == "user" || line[0] == "username" || line[0] == "login")
}

// isManner reports whether a word says how the secret after it is written or used.
func isManner(s string, w phrase.Span) bool {
	switch w.In(s) {
	case "text", "ascii", "hex", "cipher", "irreversible-cipher", "simple", "local", "remote":
		return true
	}
	return isType(s, w)
}

// takes reports whether the command has the name of a secret after the words before it.
func (c deviceCommand) takes(name string, before []string) bool {
	if !strings.Contains(c.names, " "+name+" ") || len(before) > 1 && (before[1] == "and" || before[1] == "or") {
		return false
	}
	for _, n := range c.words {
		if n == len(before) {
			return true
		}
	}
	return c.words == nil
}

// isConfigValue reports whether a word may be the secret at the end of a command.
func isConfigValue(w string) bool {
	last := w[len(w)-1]
	return len(w) >= minWord && strings.IndexByte("-(/[{=", w[0]) < 0 && strings.IndexByte(".,:?!)", last) < 0 && !names.IsProse(w)
}

// isDevicePrompt reports whether a word is what a device writes before commands: r1(config)#.
func isDevicePrompt(w string) bool {
	return len(w) > 1 && ascii.IsAlnum(w[0]) && (w[len(w)-1] == '#' || w[len(w)-1] == '>')
}

// isInBlock reports whether the line at start stands in a block whose first line begins with one of
// the texts: the next line before it without indentation.
func isInBlock(s string, start int, begins []string) bool {
	low := max(0, start-maxConfigBlock)
	for end := start; end > low && len(begins) > 0; {
		from := low + strings.LastIndexByte(s[low:end-1], '\n') + 1
		line := s[from:end]
		if line[0] != ' ' && line[0] != '\t' {
			for _, b := range begins {
				if strings.HasPrefix(line, b) {
					return true
				}
			}
			return false
		}
		end = from
	}
	return false
}

// plainTextPassword finds the value of a command that a device encrypts: plain-text-password-value
// "x".
func plainTextPassword(s string, _, j int) (phrase.Span, bool) {
	if s[j] != ' ' {
		return phrase.Span{}, false
	}
	w := word(s, j)
	return w, w.End > w.Start && (s[w.Start-1] == '"' || isKey(s, w))
}
