//! What each module of the code says: where it looks, what it calls by which name, what it defines.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, FnArg, GenericArgument, ImplItem, Item, Meta, PathArguments, Type, UseTree};

/// The names of a path, as in `crate::store::writer`.
pub type Path = Vec<String>;

/// A module: a file, or one written inside a file.
#[derive(Default)]
pub struct Module {
    /// The file it stands in, without its ending, as in `store/writer`.
    pub file: String,
    /// What `use` calls by which name here.
    pub names: BTreeMap<String, Path>,
    /// What is taken in whole, with a `*`.
    pub globs: Vec<Path>,
    pub items: BTreeSet<String>,
}

/// A path somebody wrote.
pub struct Mention {
    /// The module it stands in.
    pub module: Path,
    pub path: Path,
    /// Counted from one.
    pub line: usize,
}

/// A function: where it begins, how long its body is, and what it takes.
pub struct Function {
    pub name: String,
    pub line: usize,
    /// Of code: without those that are empty or a comment.
    pub lines: usize,
    pub arguments: usize,
    /// Some of these are two or more in one, without a name for what they are together.
    pub takes_tuple: bool,
}

/// What a file says, its tests left out: they may look where they like.
#[derive(Default)]
pub struct Source<'a> {
    text: Vec<&'a str>,
    here: Path,
    file: String,
    pub modules: BTreeMap<Path, Module>,
    pub mentions: Vec<Mention>,
    pub functions: Vec<Function>,
    /// The files of tests only, by their modules.
    pub tests: Vec<Path>,
}

impl<'a> Source<'a> {
    /// Reads the file of this name (`store/writer`; `lib` is the root).
    pub fn read(file: &str, text: &'a str) -> Self {
        let here: Path = file.split('/').filter(|name| *name != "lib").map(str::to_owned).collect();
        let mut source = Self { text: text.lines().collect(), file: file.to_owned(), ..Self::default() };
        let code = syn::parse_file(text).unwrap_or_else(|err| panic!("{file}: {err}"));
        source.enter(here, &code.items);
        source
    }

    fn enter(&mut self, module: Path, items: &[Item]) {
        let outside = std::mem::replace(&mut self.here, module);
        let file = self.file.clone();
        self.modules.insert(self.here.clone(), Module { file, ..Module::default() });
        for item in items {
            self.visit_item(item);
        }
        self.here = outside;
    }

    fn module(&mut self) -> &mut Module {
        self.modules.get_mut(&self.here).unwrap()
    }

    fn mention(&mut self, path: Path, at: Span) {
        self.mentions.push(Mention { module: self.here.clone(), path, line: at.start().line });
    }

    /// Every path in what is handed to a macro, whose grammar only the macro knows.
    fn scan(&mut self, tokens: TokenStream) {
        let (mut path, mut colons, mut began) = (Path::new(), 0, Span::call_site());
        for token in tokens {
            match token {
                TokenTree::Ident(name) if colons == 2 && !path.is_empty() => path.push(name.to_string()),
                TokenTree::Ident(name) => {
                    self.end_of_scanned(&mut path, began);
                    began = name.span();
                    path.push(name.to_string());
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                other => {
                    self.end_of_scanned(&mut path, began);
                    if let TokenTree::Group(group) = other {
                        self.scan(group.stream());
                    }
                }
            }
            colons = 0;
        }
        self.end_of_scanned(&mut path, began);
    }

    fn end_of_scanned(&mut self, path: &mut Path, began: Span) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.mention(path, began);
        }
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let (open, close) = (body.brace_token.span.open().start().line, body.brace_token.span.close().start().line);
        let inside = &self.text[open..close.saturating_sub(1).max(open)];
        let is_code = |line: &&&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
        self.functions.push(Function {
            name: signature.ident.to_string(),
            line: signature.ident.span().start().line,
            lines: inside.iter().filter(is_code).count(),
            arguments: signature.inputs.len(),
            takes_tuple: signature
                .inputs
                .iter()
                .any(|input| matches!(input, FnArg::Typed(typed) if is_tuple(&typed.ty))),
        });
    }
}

impl<'ast> Visit<'ast> for Source<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if let Some(name) = name_of(item) {
            self.module().items.insert(name);
        }
        if !attributes(item).iter().any(is_of_tests) {
            visit::visit_item(self, item);
        } else if let Item::Mod(module) = item {
            self.tests.push([self.here.clone(), vec![module.ident.to_string()]].concat());
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let ImplItem::Fn(function) = item else { return visit::visit_impl_item(self, item) };
        if !function.attrs.iter().any(is_of_tests) {
            self.function(&function.sig, &function.block);
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        self.mention(vec!["self".to_owned(), name.clone()], item.span());
        if let Some((_, items)) = &item.content {
            self.enter([self.here.clone(), vec![name]].concat(), items);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for (path, name, at) in flatten(&item.tree) {
            match name {
                Some(name) => drop(self.module().names.insert(name, path.clone())),
                None => self.module().globs.push(path.clone()),
            }
            self.mention(path, at);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 && path.leading_colon.is_none() {
            let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.mention(names, path.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.scan(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.scan(list.tokens.clone());
        }
    }

    /// `pub(in super::super)` says who may look here, not where this looks.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

/// `a::{b, c::d as e, f::*}` as its paths, each with the name it is called by; none for all there is.
fn flatten(tree: &UseTree) -> Vec<(Path, Option<String>, Span)> {
    match tree {
        UseTree::Path(path) => {
            let head = path.ident.to_string();
            let with_head = |(tail, name, at): (Path, Option<String>, Span)| {
                // `a::{self}` calls `a` by its own name.
                let name = if name.as_deref() == Some("self") { Some(head.clone()) } else { name };
                ([vec![head.clone()], tail].concat(), name, at)
            };
            flatten(&path.tree).into_iter().map(with_head).collect()
        }
        UseTree::Name(name) if name.ident == "self" => vec![(vec![], Some("self".to_owned()), name.ident.span())],
        UseTree::Name(name) => vec![(vec![name.ident.to_string()], Some(name.ident.to_string()), name.ident.span())],
        UseTree::Rename(name) if name.ident == "self" => {
            vec![(vec![], Some(name.rename.to_string()), name.ident.span())]
        }
        UseTree::Rename(name) => {
            vec![(vec![name.ident.to_string()], Some(name.rename.to_string()), name.ident.span())]
        }
        UseTree::Glob(star) => vec![(vec![], None, star.star_token.span())],
        UseTree::Group(group) => group.items.iter().flat_map(flatten).collect(),
    }
}

/// A tuple, one that is borrowed, or one that may be missing; a list of pairs is none.
fn is_tuple(takes: &Type) -> bool {
    match takes {
        Type::Tuple(tuple) => !tuple.elems.is_empty(),
        Type::Reference(reference) => is_tuple(&reference.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| match &last.arguments {
            PathArguments::AngleBracketed(inner) if last.ident == "Option" => {
                inner.args.iter().any(|inner| matches!(inner, GenericArgument::Type(inner) if is_tuple(inner)))
            }
            _ => false,
        }),
        _ => false,
    }
}

fn is_of_tests(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return attribute.path().is_ident("test") };
    let condition = list.tokens.to_string();
    list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all (test"))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}
