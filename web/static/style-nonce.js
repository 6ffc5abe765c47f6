// Libraries that draw put style elements into the page. The page's policy lets in those that carry its nonce, and no others.

const nonce = document.querySelector('meta[name="style-nonce"]').content;
const create = document.createElement.bind(document);

document.createElement = (name, options) => {
    const element = create(name, options);
    if (name.toLowerCase() === 'style') element.nonce = nonce;
    return element;
};
