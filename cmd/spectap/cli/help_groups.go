package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Heading is a heading of flags in help. Flags without one come first.
type Heading string

// Headings, in the order of help.
const (
	HeadPolicy      Heading = "Policy, approvals, audit"
	HeadAdmitted    Heading = "Who may call"
	HeadHTTP        Heading = "MCP over HTTP"
	HeadServer      Heading = "The server behind it"
	HeadCredentials Heading = "Credentials of the API"
	HeadTools       Heading = "Which tools"
	HeadCalls       Heading = "Calls to the API"
	HeadRecording   Heading = "The recording proxy"
	HeadLimits      Heading = "Limits of memory and of the store"
	HeadUpstreams   Heading = "Connections to servers"
	HeadHub         Heading = "With a hub as --db"
)

var headings = []Heading{
	HeadPolicy, HeadAdmitted, HeadHTTP, HeadServer, HeadCredentials, HeadTools, HeadCalls, HeadRecording, HeadLimits,
	HeadUpstreams, HeadHub,
}

// annotationHeading is the annotation of a flag with its heading.
const annotationHeading = "heading"

// Under puts the flags that are added before end is called under a heading, unless they have one or
// are listed to stay without one.
func Under(flags *pflag.FlagSet, h Heading, first ...string) (end func()) {
	before := 0
	visitDefined(flags, func(*pflag.Flag) { before++ })
	return func() {
		i := 0
		visitDefined(flags, func(f *pflag.Flag) {
			if i++; i > before && f.Annotations[annotationHeading] == nil && !slices.Contains(first, f.Name) {
				flags.SetAnnotation(f.Name, annotationHeading, []string{string(h)})
			}
		})
	}
}

// visitDefined visits flags in the order of their definition. VisitAll would sort them again after
// each new flag, which slows down each start.
func visitDefined(flags *pflag.FlagSet, visit func(*pflag.Flag)) {
	defer func(sorted bool) { flags.SortFlags = sorted }(flags.SortFlags)
	flags.SortFlags = false
	flags.VisitAll(visit)
}

// flagsByHeading returns the usage of flags, in columns, those under headings last.
func flagsByHeading(flags *pflag.FlagSet, columns int) string {
	sets := map[string]*pflag.FlagSet{}
	flags.VisitAll(func(f *pflag.Flag) {
		h := ""
		if a := f.Annotations[annotationHeading]; a != nil {
			h = a[0]
		}
		if sets[h] == nil {
			sets[h] = pflag.NewFlagSet("", pflag.ContinueOnError)
		}
		sets[h].AddFlag(f)
	})
	var parts []string
	add := func(title string, h Heading) {
		if s := sets[string(h)]; s != nil && s.HasAvailableFlags() {
			parts = append(parts, title+":\n"+strings.TrimRight(s.FlagUsagesWrapped(columns), "\n"))
		}
	}
	add("Flags", "")
	for _, h := range headings {
		add(string(h), h)
	}
	return strings.Join(parts, "\n\n")
}

// commandGroups groups the commands in help by task. A command without a group is listed last.
var commandGroups = []struct{ title, commands string }{
	{"Start with:", "run browser proxy import flows export ui mcp serve gateway"},
	{"Record:", "rules ca sessions store"},
	{"Look:", "explain coverage workflows replay redact"},
	{"Document:", "bundle check correct diff doc filter lint model test validate verify"},
	{"Serve and guard:", "mock client auth policy approvals pins grant audit"},
	{"Many machines:", "hub worker"},
}

// GroupCommands puts the commands of root into groups.
func GroupCommands(root *cobra.Command) {
	for _, g := range commandGroups {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		names := strings.Fields(g.commands)
		for _, c := range root.Commands() {
			if slices.Contains(names, c.Name()) {
				c.GroupID = g.title
			}
		}
	}
}
