package graph

import "github.com/openova-io/esotree/internal/yamlsrc"

// paths are those of the fields of a spec. They are the same for all objects of a kind.
type paths struct {
	// store is the field that names the store of a pull.
	store          string
	data, dataFrom listPaths
	// pushed is the data of a push.
	stores, pushed, dataTo listPaths
}

// listPaths are the paths in the entries of one list, which are made when they are asked for.
type listPaths struct {
	list string
	// key and store end the paths of the fields that say what is read or written, and from or to where.
	key, store string
	made       []entryPaths
}

type entryPaths struct{ entry, key, store, generator string }

func (m *memory) pathsOf(prefix string) *paths {
	p := m.paths[prefix]
	if p == nil {
		p = &paths{
			store:    prefix + ".secretStoreRef.name",
			data:     listPaths{list: prefix + ".data", key: ".remoteRef.key", store: ".sourceRef.storeRef.name"},
			dataFrom: listPaths{list: prefix + ".dataFrom", key: ".extract.key", store: ".sourceRef.storeRef.name"},
			stores:   listPaths{list: prefix + ".secretStoreRefs", store: ".name"},
			pushed:   listPaths{list: prefix + ".data", key: ".match.remoteRef.remoteKey"},
			dataTo:   listPaths{list: prefix + ".dataTo", key: ".remoteKey", store: ".storeRef.name"},
		}
		if m.paths == nil {
			m.paths = map[string]*paths{}
		}
		m.paths[prefix] = p
	}
	return p
}

func (l *listPaths) at(i int) entryPaths {
	for len(l.made) <= i {
		entry := yamlsrc.Index(l.list, len(l.made))
		l.made = append(l.made, entryPaths{entry, entry + l.key, entry + l.store, entry + ".sourceRef.generatorRef"})
	}
	return l.made[i]
}
