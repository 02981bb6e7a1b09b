package yamledit

import (
	"bytes"
	"strings"

	yaml "github.com/oasdiff/yaml3"
)

// renderBlock writes pairs or elements in block style at an indentation.
func renderBlock(kind yaml.Kind, content []*yaml.Node, indent int) (string, error) {
	n := Mapping(content...)
	if kind == yaml.SequenceNode {
		n.Tag = "!!seq"
	}
	n.Kind = kind
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return "", err
	}
	if err := e.Close(); err != nil {
		return "", err
	}
	pad := strings.Repeat(" ", indent)
	lines := strings.SplitAfter(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) != "" {
			lines[i] = pad + l
		}
	}
	return strings.Join(lines, "") + "\n", nil
}

// renderFlow writes a node on one line.
func renderFlow(n *yaml.Node) (string, error) {
	c := Copy(n)
	setFlowStyle(c)
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	if err := e.Encode(c); err != nil {
		return "", err
	}
	err := e.Close()
	return strings.TrimSuffix(b.String(), "\n"), err
}

func setFlowStyle(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || strings.Contains(n.Value, "\n") {
			n.Style = yaml.DoubleQuotedStyle
		}
	} else {
		n.Style = yaml.FlowStyle
	}
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, c := range n.Content {
		setFlowStyle(c)
	}
}
