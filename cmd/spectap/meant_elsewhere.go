package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// otherFlags are flags of programs that people come from, with what to type here. A command that
// has no entry of its own has that of "".
var otherFlags = map[string]map[string]string{
	"extended":          {"": "without the flag: messages are for people, and --json is for programs"},
	"http-transport":    {"spectap serve": "--http 127.0.0.1:8090 --sse   # serves both transports", "spectap mcp": "--http 127.0.0.1:8090 --sse   # serves both transports"},
	"doc":               {"spectap serve": "spectap doc SPEC -o api.html"},
	"doc-format":        {"spectap serve": "spectap doc SPEC -o api.html"},
	"post-hook-cmd":     {"spectap serve": "spectap serve SPEC --dry-run | CMD"},
	"machine":           {"spectap client": "spectap client --json --exec list -- CMD"},
	"quiet":             {"spectap client": "spectap client --json --exec list -- CMD"},
	"host":              {"spectap mcp": "--listen 127.0.0.1:8080", "spectap proxy": "--listen 127.0.0.1:8080"},
	"dump-file":         {"": "spectap flows export -o flows.har   # at any time: the store has the flows"},
	"web":               {"": "spectap ui   # or --ui, where the command has it"},
	"web-port":          {"": "spectap ui --listen 127.0.0.1:8081"},
	"web-host":          {"": "spectap ui --listen 127.0.0.1:8081"},
	"allow-remote-bind": {"spectap mcp": "SPECTAP_PROXY_AUTH=USER:PASSWORD spectap mcp --allow-remote-proxy", "spectap proxy": "SPECTAP_PROXY_AUTH=USER:PASSWORD spectap proxy --allow-remote"},
	"mode":              {"spectap proxy": "--reverse URL, or --upstream-proxy URL"},
	"ssl-insecure":      {"": "--insecure-upstream HOST"},
	"follow":            {"spectap audit tail": followFile},
	"f":                 {"spectap audit tail": followFile},
	"to":                {"spectap replay": replayElsewhere},
	"base-url":          {"spectap replay": replayElsewhere},
	"url":               {"spectap replay": replayElsewhere},
}

const (
	followFile      = "tail -f FILE   # one record is one line"
	replayElsewhere = "spectap flows show NUMBER --curl   # a command to edit: replay sends to the origin of the flow only"
)

// unasked are names of commands that change something, and ask nobody.
var unasked = []string{"rm", "revoke", "rotate", "compact", "uninstall", "off"}

// meantElsewhere returns what to type instead of a flag that another program has, or of one for
// what the command does anyway; "" if nobody knows.
func meantElsewhere(cmd *cobra.Command, name string) string {
	path := cmd.CommandPath()
	if try := otherFlags[name][path]; try != "" {
		return try
	}
	isForce := slices.Contains([]string{"overwrite", "force", "f", "y", "yes"}, name)
	if isForce && cmd.Flags().Lookup("out") != nil && cmd.Flags().Lookup("overwrite") == nil {
		return path + "   # without the flag: -o replaces the file"
	}
	if isForce && slices.Contains(unasked, cmd.Name()) {
		return path + " …   # without the flag: it does not ask"
	}
	if strings.HasPrefix(path, "spectap flows") && slices.Contains([]string{"since", "after", "before", "until"}, name) {
		return path + " 'time:>-2h'   # times are part of the filter: docs/filter.md"
	}
	return otherFlags[name][""]
}

// meantFileCommand returns what to do with a file that was given in the place of a command, or "".
func meantFileCommand(name string, rest []string) string {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	more := strings.TrimRight(" "+quoteArgs(rest), " ")
	if isStore(name) {
		return "spectap flows ls --db " + quoteArg(name)
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return "spectap serve " + quoteArg(name) + more + "   # or: validate, lint, diff, check, coverage, filter, doc"
	case ".har", ".pcap", ".pcapng", ".mitm", ".flow", ".flows":
		return "spectap import " + quoteArg(name)
	}
	return ""
}

// meantNumber returns what to type instead of a number after a dash: head and tail take how many
// lines so, and in some languages -1 is the last element.
func meantNumber(cmd *cobra.Command, number string) string {
	switch {
	case cmd.Flags().Lookup("limit") != nil:
		return cmd.CommandPath() + " --limit " + number
	case cmd.Flags().Lookup("lines") != nil:
		return cmd.CommandPath() + " --lines " + number
	case strings.HasPrefix(cmd.CommandPath(), "spectap sessions"):
		return cmd.CommandPath() + " last"
	case strings.HasPrefix(cmd.CommandPath(), "spectap flows"), cmd.CommandPath() == "spectap replay":
		return "spectap flows ls --limit " + number + "   # the newest"
	}
	return cmd.CommandPath() + " --help"
}
