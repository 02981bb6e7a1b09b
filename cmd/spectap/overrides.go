package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/infer"
)

// overridesName is the file of corrections that is looked for beside the store.
const overridesName = "spectap.overrides.yaml"

// overridesFile is what a person writes to correct the inference:
//
//	segments:
//	  - path: /users/me          # is no parameter
//	    parameter: false
//	  - path: /shops/{shop}      # is one, and is called so
//	    parameter: true
//	    name: shop_id
//	leave-out:
//	  - /internal/**
//	hosts:
//	  uploads.example.com: api.example.com   # belongs to that API
type overridesFile struct {
	Segments []struct {
		Path      string `yaml:"path"`
		Parameter *bool  `yaml:"parameter"`
		Name      string `yaml:"name"`
	} `yaml:"segments"`
	LeaveOut []string          `yaml:"leave-out"`
	Hosts    map[string]string `yaml:"hosts"`
}

// corrections reads the corrections for a store: the file that --overrides names, else the one beside the store if
// there is one.
func (p *program) corrections() (infer.Corrections, error) {
	path := p.global.overrides
	if path == "" {
		path = filepath.Join(filepath.Dir(p.dbPath()), overridesName)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && p.global.overrides == "" {
		return infer.Corrections{}, nil
	}
	if err != nil {
		return infer.Corrections{}, fmt.Errorf("read corrections: %w", err)
	}
	c, err := parseCorrections(data)
	if err != nil {
		return infer.Corrections{}, &hint{fmt.Errorf("read corrections %s: %w", path, err), "segments, leave-out and hosts, as in docs/overrides.md"}
	}
	return c, nil
}

func parseCorrections(data []byte) (infer.Corrections, error) {
	var f overridesFile
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return infer.Corrections{}, errors.New(strings.TrimPrefix(strings.Join(strings.Fields(err.Error()), " "), "yaml: "))
	}
	c := infer.Corrections{LeaveOut: f.LeaveOut, Hosts: f.Hosts}
	for i, s := range f.Segments {
		switch {
		case !strings.HasPrefix(s.Path, "/") || len(s.Path) < 2:
			return infer.Corrections{}, fmt.Errorf("segments, entry %d: path %q must begin with / and lead to a segment", i+1, s.Path)
		case s.Parameter == nil && s.Name == "":
			return infer.Corrections{}, fmt.Errorf("segments, entry %d: %s says neither parameter nor name", i+1, s.Path)
		case s.Parameter != nil && !*s.Parameter && s.Name != "":
			return infer.Corrections{}, fmt.Errorf("segments, entry %d: %s is no parameter, and so has no name", i+1, s.Path)
		}
		c.Segments = append(c.Segments, infer.Segment{Path: s.Path, Parameter: s.Parameter, Name: s.Name})
	}
	for _, pattern := range f.LeaveOut {
		if !strings.HasPrefix(pattern, "/") {
			return infer.Corrections{}, fmt.Errorf("leave-out: %q must begin with /", pattern)
		}
	}
	return c, nil
}
