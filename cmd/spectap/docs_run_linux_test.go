package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/sample"
)

// TestDocsRun runs the command lines of the README as written and in their order, in a network
// namespace where api.example.com is a sample API and npm is a program that calls it.
func TestDocsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	text := readFile(t, filepath.Join("..", "..", "README.md"))
	script, lines := docsScript(string(text))
	if lines < 15 {
		t.Errorf("found only %d command lines, want at least 15", lines)
	}
	runInNamespace(t, script)
}

// runInNamespace runs a script in a network namespace, in a folder with a policy. It returns what
// the script prints.
func runInNamespace(t *testing.T, script string) string {
	t.Helper()
	for _, name := range []string{"unshare", "curl", "bash"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
	unshare := []string{"unshare", "--mount", "--net"}
	if os.Geteuid() != 0 {
		unshare = append(unshare, "--map-root-user")
	}
	if out, err := exec.Command(unshare[0], append(unshare[1:], "mount", "-t", "tmpfs", "none", "/mnt")...).CombinedOutput(); err != nil {
		t.Skipf("no namespaces here: %v: %s", err, out)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"script": script, "policy.yaml": "version: 1\ntools: {list_hosts: {}}\n"} {
		noError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	c := exec.CommandContext(t.Context(), unshare[0], append(unshare[1:], "bash", "script")...)
	c.Dir = dir
	c.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+filepath.Join(dir, "data"), "UPSTREAM="+filepath.Join(dir, "upstream"),
		"API_KEY="+sample.APIKey)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return string(out)
}

// docsProlog prepares the namespace: the loopback interface, the name of the API, the API itself.
const docsProlog = `
set -eu
fail() { echo "$1: status $2"; exit 1; }
ip link set lo up
printf '127.0.0.1 localhost api.example.com\n' >hosts
mount --bind hosts /etc/hosts
mkfifo ready
exec 5<>ready
start_api() { exampleapi "$UPSTREAM" >&5 & api=$!; read -r line <&5; }
start_api
export SSL_CERT_FILE="$UPSTREAM/ca.pem"
mkdir bin
printf '#!/bin/sh\nexec examplesuite\n' >bin/npm
chmod +x bin/npm
PATH=$PWD/bin:$PATH
trap 'kill $(jobs -p)' EXIT
`

// record lets a client use the proxy of the README, and waits until the flows are stored.
const record = `
kill $api
wait $api || :
start_api # with the state that the suite expects
SSL_CERT_FILE=$(spectap ca path) npm test
until [ "$(spectap flows ls --count)" -gt 300 ]; do sleep 0.05; done
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
`

// docsScript returns a script of the command lines of a document, and their number.
func docsScript(text string) (script string, lines int) {
	var b strings.Builder
	b.WriteString(docsProlog)
	for _, line := range docsLines(text) {
		lines++
		command, comment, _ := strings.Cut(line, " #")
		command = strings.TrimSpace(command)
		quoted := "'" + strings.ReplaceAll(command, "'", `'\''`) + "'"
		switch {
		case strings.HasPrefix(command, "make "): // would run this test
			continue
		case strings.HasPrefix(command, "export "):
			fmt.Fprintln(&b, command)
		// The shell holds the FIFO of a server open: without a reader, the server would get SIGPIPE.
		case strings.HasSuffix(command, "&"): // a server that the next lines use
			name := strings.TrimSuffix(command, " &")
			fmt.Fprintf(&b, "mkfifo started; exec 3<>started; %s >&3 2>&1 & server=$!\nread -r line <&3\n", name)
		default:
			found := ""
			if strings.Contains(comment, "exit 3") {
				found = "; [ $s = 3 ] && s=0"
			}
			fmt.Fprintf(&b, "s=0; %s </dev/null || s=$?%s; [ $s = 0 ] || fail %s $s\n", command, found, quoted)
		}
		if strings.HasPrefix(command, "curl ") {
			b.WriteString(record)
		}
	}
	return b.String(), lines
}

// docsLines returns the command lines of code blocks: all lines of sh blocks, and the lines of
// console blocks that begin with a prompt.
func docsLines(text string) []string {
	var out []string
	language := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "```"); ok {
			language = name
			continue
		}
		command, prompt := strings.CutPrefix(line, "$ ")
		if line != "" && (language == "sh" || language == "console" && prompt) {
			out = append(out, command)
		}
	}
	return out
}
